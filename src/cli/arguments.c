/*
 * The parser of the command line. Which options take a value depends on the command, and options may stand in
 * front of it; so it goes over the words twice: first to find the command, skipping what looks like an option
 * with its value, then to read everything with the command's own options.
 */
#include "cli/arguments.h"

#include <string.h>

#include "cli/fail.h"
#include "cli/suggest.h"

static void value_clear(void *value)
{
    g_ptr_array_unref(((rp_value *)value)->texts);
}

static rp_arguments *arguments_new(void)
{
    rp_arguments *arguments = g_new0(rp_arguments, 1);
    arguments->values = g_array_new(FALSE, TRUE, sizeof(rp_value));
    g_array_set_clear_func(arguments->values, value_clear);
    arguments->operands = g_ptr_array_new_with_free_func(g_free);
    return arguments;
}

void rp_arguments_free(rp_arguments *arguments)
{
    if (arguments == NULL)
        return;
    g_array_unref(arguments->values);
    g_ptr_array_unref(arguments->operands);
    g_free(arguments);
}

static void add_values(rp_arguments *arguments)
{
    const rp_option *option;
    for (size_t i = 0; (option = rp_option_at(arguments->command, i)) != NULL; i++) {
        rp_value value = {.option = option, .texts = g_ptr_array_new_with_free_func(g_free)};
        g_array_append_val(arguments->values, value);
    }
}

static rp_value *value_of(const rp_arguments *arguments, const rp_option *option)
{
    for (guint i = 0; i < arguments->values->len; i++) {
        rp_value *value = &g_array_index(arguments->values, rp_value, i);
        if (value->option == option)
            return value;
    }
    g_assert_not_reached();
}

rp_value *rp_arguments_value(const rp_arguments *arguments, const char *name)
{
    const rp_option *option = rp_option_find(arguments->command, name, strlen(name));
    g_assert(option != NULL);
    return value_of(arguments, option);
}

const char *rp_value_text(const rp_value *value)
{
    /* The array ends with a NULL that counts as an element. */
    return value->texts->len == 0 ? NULL : g_ptr_array_index(value->texts, value->texts->len - 2);
}

bool rp_value_is_set(const rp_value *value)
{
    g_assert(value->option->kind == RP_OPTION_FLAG);
    return g_strcmp0(rp_value_text(value), "true") == 0;
}

/* ---- values of each kind ---- */

static const char *truth(const char *text)
{
    static const char *const words[][2] = {{"1", "true"},   {"true", "true"}, {"yes", "true"},
                                           {"on", "true"},  {"0", "false"},   {"false", "false"},
                                           {"no", "false"}, {"off", "false"}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(text, words[i][0]) == 0)
            return words[i][1];
    return NULL;
}

static bool is_seconds(const char *text)
{
    /* Not what g_ascii_strtod() takes besides: hexadecimal, "inf", blanks in front, signs. */
    if (text[0] == '\0' || strspn(text, "0123456789.eE-") != strlen(text) || text[0] == '-')
        return false;
    char *end;
    double seconds = g_ascii_strtod(text, &end);
    return *end == '\0' && seconds > 0 && seconds <= 1e9;
}

static bool is_choice(const rp_option *option, const char *text)
{
    g_auto(GStrv) choices = rp_option_choices(option);
    return g_strv_contains((const char *const *)choices, text);
}

static repoint_status check_value(const rp_option *option, const char *where, const char *text,
                                  repoint_error *error)
{
    switch (option->kind) {
    case RP_OPTION_FLAG:
        if (truth(text) == NULL)
            return rp_cli_fail(error, REPOINT_INVALID, "write 1 or 0", "%s is yes or no, not \"%s\"", where,
                               text);
        break;
    case RP_OPTION_CHOICE:
        if (!is_choice(option, text)) {
            g_autofree char *hint = g_strdup_printf("choose one of %s", option->value);
            return rp_cli_fail(error, REPOINT_INVALID, hint, "%s cannot be \"%s\"", where, text);
        }
        break;
    case RP_OPTION_SECONDS:
        if (!is_seconds(text))
            return rp_cli_fail(error, REPOINT_INVALID, "give a positive number of seconds, such as 30 or 0.5",
                               "%s cannot be \"%s\"", where, text);
        break;
    case RP_OPTION_URL:
    case RP_OPTION_FILE:
    case RP_OPTION_DIRECTORY:
        if (*text == '\0')
            return rp_cli_fail(error, REPOINT_INVALID, NULL, "%s is empty", where);
        break;
    case RP_OPTION_TEXT: break;
    }
    return REPOINT_OK;
}

repoint_status rp_value_set(rp_value *value, rp_origin origin, const char *where, const char *text,
                            repoint_error *error)
{
    repoint_status status = check_value(value->option, where, text, error);
    if (status != REPOINT_OK || origin < value->origin)
        return status;

    if (origin > value->origin || !value->option->repeated)
        g_ptr_array_set_size(value->texts, 0);
    else
        g_ptr_array_set_size(value->texts, (int)value->texts->len - 1);
    value->origin = origin;
    g_ptr_array_add(value->texts, g_strdup(value->option->kind == RP_OPTION_FLAG ? truth(text) : text));
    g_ptr_array_add(value->texts, NULL);
    return REPOINT_OK;
}

/* ---- finding the command ---- */

static const rp_option *find_letter_anywhere(char letter)
{
    const rp_option *option = rp_option_find_letter(NULL, letter);
    for (const rp_command *command = rp_command_next(NULL); option == NULL && command != NULL;
         command = rp_command_next(command))
        option = rp_option_find_letter(command, letter);
    return option;
}

static const rp_option *find_anywhere(const char *name, size_t length)
{
    const rp_option *option = rp_option_find(NULL, name, length);
    for (const rp_command *command = rp_command_next(NULL); option == NULL && command != NULL;
         command = rp_command_next(command))
        option = rp_option_find(command, name, length);
    return option;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* Does the value of the option in `word` stand in the next word? Of options of one name, all or none take
 * one. */
static bool takes_next_word(const char *word)
{
    if (word[1] == '-') {
        const rp_option *option = find_anywhere(word + 2, strlen(word + 2));
        return option != NULL && option->kind != RP_OPTION_FLAG;
    }
    for (word++; *word != '\0'; word++) {
        const rp_option *option = find_letter_anywhere(*word);
        if (option == NULL || option->kind != RP_OPTION_FLAG)
            return option != NULL && word[1] == '\0';
    }
    return false;
}

/* The index of the first word at or behind `index` that is no option or value, or of the end or "--". */
static size_t skip_options(char *const *argv, size_t index)
{
    while (argv[index] != NULL && is_option(argv[index]) && strcmp(argv[index], "--") != 0) {
        bool skip_value = takes_next_word(argv[index]) && argv[index + 1] != NULL;
        index += skip_value ? 2 : 1;
    }
    return index;
}

static repoint_status unknown_command(const char *typed, const char *family, repoint_error *error)
{
    g_autofree char *name = family == NULL ? g_strdup(typed) : g_strdup_printf("%s %s", family, typed);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        g_ptr_array_add(words, (void *)command->name);
    for (const rp_command_family *row = rp_command_families; family == NULL && row->name != NULL; row++)
        if (rp_command_family_find(row->name) != NULL)
            g_ptr_array_add(words, (void *)row->name);

    const char *nearest = rp_suggest(name, words);
    g_autofree char *hint = nearest == NULL ? g_strdup("\"repoint help\" lists the commands")
                                            : g_strdup_printf("did you mean \"%s\"?", nearest);
    return rp_cli_fail(error, REPOINT_INVALID, hint, "there is no command \"%s\"", name);
}

/* The positions of the command's words in argv; 0 is none. */
typedef struct command_words {
    size_t first, second;
} command_words;

static repoint_status find_command(char *const *argv, rp_arguments *arguments, command_words *ret_words,
                                   repoint_error *error)
{
    size_t first = skip_options(argv, 1);
    if (argv[first] == NULL || strcmp(argv[first], "--") == 0)
        return REPOINT_OK;
    ret_words->first = first;
    arguments->command = rp_command_find(argv[first]);
    if (arguments->command != NULL)
        return REPOINT_OK;
    arguments->family = rp_command_family_find(argv[first]);
    if (arguments->family == NULL)
        return unknown_command(argv[first], NULL, error);

    size_t second = skip_options(argv, first + 1);
    if (argv[second] == NULL || strcmp(argv[second], "--") == 0)
        return REPOINT_OK;
    g_autofree char *name = g_strdup_printf("%s %s", argv[first], argv[second]);
    ret_words->second = second;
    arguments->command = rp_command_find(name);
    if (arguments->command == NULL)
        return unknown_command(argv[second], argv[first], error);
    arguments->family = NULL;
    return REPOINT_OK;
}

/* ---- reading everything ---- */

static repoint_status unknown_option(const rp_arguments *arguments, const char *written, repoint_error *error)
{
    const char *owner = arguments->command == NULL ? "repoint" : arguments->command->name;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const rp_option *option;
    for (size_t i = 0; (option = rp_option_at(arguments->command, i)) != NULL; i++) {
        g_ptr_array_add(words, (void *)option->name);
        if (option->alias != NULL)
            g_ptr_array_add(words, (void *)option->alias);
    }

    const char *nearest = g_str_has_prefix(written, "--") ? rp_suggest(written + 2, words) : NULL;
    g_autofree char *hint = NULL;
    if (nearest != NULL)
        hint = g_strdup_printf("did you mean --%s?", nearest);
    else if (arguments->command != NULL)
        hint = g_strdup_printf("\"repoint help %s\" lists its options", owner);
    else
        hint = g_strdup("\"repoint help\" lists the options");
    return rp_cli_fail(error, REPOINT_INVALID, hint, "%s has no option %s", owner, written);
}

/* `inline_value` is what stood behind "=" or the letter, or NULL; *index moves over a value in the next word.
 */
static repoint_status take_option(rp_arguments *arguments, const rp_option *option, const char *written,
                                  const char *inline_value, char *const *argv, size_t *index,
                                  repoint_error *error)
{
    const char *text = inline_value;
    if (option->kind == RP_OPTION_FLAG) {
        if (text != NULL)
            return rp_cli_fail(error, REPOINT_INVALID, NULL, "%s takes no value", written);
        text = "true";
    } else if (text == NULL) {
        text = argv[*index + 1];
        if (text == NULL) {
            g_autofree char *hint = g_strdup_printf("write %s %s", written, option->value);
            return rp_cli_fail(error, REPOINT_INVALID, hint, "%s needs a value", written);
        }
        (*index)++;
    }
    return rp_value_set(value_of(arguments, option), RP_ORIGIN_FLAG, written, text, error);
}

static repoint_status take_long(rp_arguments *arguments, char *const *argv, size_t *index,
                                repoint_error *error)
{
    const char *name = argv[*index] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
    g_autofree char *written = g_strdup_printf("--%.*s", (int)length, name);

    const rp_option *option = rp_option_find(arguments->command, name, length);
    if (option == NULL)
        return unknown_option(arguments, written, error);
    return take_option(arguments, option, written, equals == NULL ? NULL : equals + 1, argv, index, error);
}

static repoint_status take_letters(rp_arguments *arguments, char *const *argv, size_t *index,
                                   repoint_error *error)
{
    for (const char *letter = argv[*index] + 1; *letter != '\0'; letter++) {
        gunichar character = g_utf8_get_char(letter);
        char written[8] = "-";
        written[1 + g_unichar_to_utf8(character, written + 1)] = '\0';

        const rp_option *option = rp_option_find_letter(arguments->command, *letter);
        if (option == NULL)
            return unknown_option(arguments, written, error);
        bool takes_rest = option->kind != RP_OPTION_FLAG;
        const char *rest = takes_rest && letter[1] != '\0' ? letter + 1 : NULL;
        repoint_status status = take_option(arguments, option, written, rest, argv, index, error);
        if (status != REPOINT_OK || takes_rest)
            return status;
    }
    return REPOINT_OK;
}

static repoint_status take_words(rp_arguments *arguments, char *const *argv, command_words words,
                                 repoint_error *error)
{
    bool options_ended = false;
    for (size_t i = 1; argv[i] != NULL; i++) {
        repoint_status status = REPOINT_OK;
        if (options_ended || !is_option(argv[i])) {
            if (i != words.first && i != words.second)
                g_ptr_array_add(arguments->operands, g_strdup(argv[i]));
        } else if (strcmp(argv[i], "--") == 0)
            options_ended = true;
        else if (argv[i][1] == '-')
            status = take_long(arguments, argv, &i, error);
        else
            status = take_letters(arguments, argv, &i, error);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}

static repoint_status check_operands(const rp_arguments *arguments, repoint_error *error)
{
    const rp_command *command = arguments->command;
    g_autofree char *hint = g_strdup_printf("see \"repoint help %s\"", command->name);
    guint given = 0;
    for (const rp_operand *operand = command->operands; operand != NULL && operand->name != NULL; operand++) {
        if (given == arguments->operands->len && !operand->optional)
            return rp_cli_fail(error, REPOINT_INVALID, hint, "%s needs %s", command->name, operand->name);
        if (operand->repeated)
            given = arguments->operands->len;
        else if (given < arguments->operands->len)
            given++;
    }
    if (given < arguments->operands->len)
        return rp_cli_fail(error, REPOINT_INVALID, hint, "%s does not take the argument \"%s\"",
                           command->name, (const char *)g_ptr_array_index(arguments->operands, given));
    return REPOINT_OK;
}

static repoint_status missing_second_word(const rp_command_family *family, repoint_error *error)
{
    GString *hint = g_string_new("choose one of");
    for (const rp_command *command = rp_command_next(NULL); command != NULL;
         command = rp_command_next(command))
        if (rp_command_is_of_family(command, family))
            g_string_append_printf(hint, " %s", command->name + strlen(family->name) + 1);
    repoint_status status =
        rp_cli_fail(error, REPOINT_INVALID, hint->str, "%s needs a second word", family->name);
    g_string_free(hint, TRUE);
    return status;
}

/* Everything that is read here ends up in messages and JSON. */
static repoint_status check_text(char *const *argv, repoint_error *error)
{
    for (size_t i = 1; argv[i] != NULL; i++)
        if (!g_utf8_validate(argv[i], -1, NULL))
            return rp_cli_fail(error, REPOINT_INVALID, NULL, "argument %zu is not UTF-8", i);
    return REPOINT_OK;
}

repoint_status rp_arguments_parse(char *const *argv, rp_arguments **ret_arguments, repoint_error *error)
{
    g_autoptr(rp_arguments) arguments = arguments_new();
    command_words words = {0};
    repoint_status status = check_text(argv, error);
    if (status == REPOINT_OK)
        status = find_command(argv, arguments, &words, error);
    if (status != REPOINT_OK)
        return status;

    add_values(arguments);
    status = take_words(arguments, argv, words, error);
    if (status != REPOINT_OK)
        return status;
    bool only_help = rp_value_is_set(rp_arguments_value(arguments, "help")) ||
                     rp_value_is_set(rp_arguments_value(arguments, "version"));
    if (arguments->command != NULL && !only_help)
        status = check_operands(arguments, error);
    else if (arguments->family != NULL && !only_help)
        status = missing_second_word(arguments->family, error);
    else if (arguments->command == NULL && arguments->operands->len > 0)
        status = unknown_command(g_ptr_array_index(arguments->operands, 0), NULL, error);
    if (status != REPOINT_OK)
        return status;
    g_ptr_array_add(arguments->operands, NULL);
    *ret_arguments = g_steal_pointer(&arguments);
    return REPOINT_OK;
}

bool rp_arguments_want_json(char *const *argv)
{
    bool json = false;
    for (size_t i = 1; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++) {
        const char *text = NULL;
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0)
            text = argv[i + 1];
        else if (g_str_has_prefix(argv[i], "--output="))
            text = argv[i] + strlen("--output=");
        else if (g_str_has_prefix(argv[i], "-o"))
            text = argv[i] + strlen("-o");
        if (text != NULL)
            json = strcmp(text, "json") == 0;
    }
    return json;
}
