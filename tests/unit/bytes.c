/* Eight bytes at a time must find what one at a time finds; and what the JSON writer makes of it. */
#include <glib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/json.h"
#include "support.h"

/* Words in which neighbours differ from the wanted byte by one, which carries and borrows would mistake. */
static void test_the_first_byte_is_found_among_its_neighbours(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (unsigned pattern = 0; pattern < 6561; pattern++) { /* each place: one less, equal, one more */
            unsigned char word[8];
            size_t first = 8;
            unsigned rest = pattern;
            for (size_t i = 0; i < 8; i++, rest /= 3) {
                word[i] = (unsigned char)(byte + rest % 3 - 1);
                if (rest % 3 == 1 && first == 8)
                    first = i;
            }
            guint64 marks = rp_bytes_equal(rp_bytes_load(word), (guint8)byte);
            assert_int_equal(marks != 0 ? rp_bytes_first(marks) : 8, first);
        }
    }
}

static void test_bytes_below_a_limit_are_found(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 8; place++) {
            unsigned char word[8];
            memset(word, 0xff, sizeof word);
            word[place] = (unsigned char)byte;
            guint64 marks = rp_bytes_below(rp_bytes_load(word), 0x20);
            assert_int_equal(marks != 0 ? rp_bytes_first(marks) : 8, byte < 0x20 ? place : 8);
        }
    }
}

/* Wherever in a text it stands, an escape is written, and nothing else is changed. */
static void test_an_escape_is_written_at_every_place(void **state)
{
    static const struct {
        const char *text, *python;
    } cases[] = {
        {"\"", "\\\""},      {"\\", "\\\\"},   {"\n", "\\n"}, {"\x01", "\\u0001"},
        {"\x7f", "\\u007f"}, {"é", "\\u00e9"}, {"~", "~"},    {"\xf0\x9f\x98\x80", "\\ud83d\\ude00"}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int before = 0; before < 20; before++) {
            g_autofree char *text =
                g_strdup_printf("%.*s%sabc%s", before, "01234567890123456789", cases[i].text, cases[i].text);
            g_autofree char *expected = g_strdup_printf("\"%.*s%sabc%s\"", before, "01234567890123456789",
                                                        cases[i].python, cases[i].python);
            g_autoptr(GString) out = g_string_new(NULL);
            rp_json_string(&RP_JSON_WRITER(out, RP_JSON_PYTHON), text);
            assert_string_equal(out->str, expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_byte_is_found_among_its_neighbours),
        cmocka_unit_test(test_bytes_below_a_limit_are_found),
        cmocka_unit_test(test_an_escape_is_written_at_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
