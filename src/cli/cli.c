/* What a command asks about its arguments: see cli.h. */
#include "cli/cli.h"

#include <string.h>

static const char *const nothing[] = {NULL};

const char *rp_cli_text(const rp_cli *cli, const char *option)
{
    return rp_value_text(rp_arguments_value(cli->arguments, option));
}

bool rp_cli_flag(const rp_cli *cli, const char *option)
{
    return rp_value_is_set(rp_arguments_value(cli->arguments, option));
}

double rp_cli_seconds(const rp_cli *cli, const char *option)
{
    const rp_value *value = rp_arguments_value(cli->arguments, option);
    g_assert(value->option->kind == RP_OPTION_SECONDS);
    const char *text = rp_value_text(value);
    return text == NULL ? 0 : g_ascii_strtod(text, NULL);
}

const char *const *rp_cli_list(const rp_cli *cli, const char *option)
{
    const rp_value *value = rp_arguments_value(cli->arguments, option);
    g_assert(value->option->repeated);
    return value->texts->len == 0 ? nothing : (const char *const *)value->texts->pdata;
}

bool rp_cli_is_given(const rp_cli *cli, const char *option)
{
    return rp_arguments_value(cli->arguments, option)->origin > RP_ORIGIN_DEFAULT;
}

bool rp_cli_has_option(const rp_cli *cli, const char *option)
{
    return rp_option_find(cli->arguments->command, option, strlen(option)) != NULL;
}

const char *const *rp_cli_operands(const rp_cli *cli, size_t from)
{
    const GPtrArray *operands = cli->arguments->operands;
    return from >= operands->len ? nothing : (const char *const *)operands->pdata + from;
}

const char *rp_cli_operand(const rp_cli *cli, size_t index)
{
    return rp_cli_operands(cli, index)[0];
}
