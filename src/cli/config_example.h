/* The sections of repoint.yaml as an example, each line two blanks in: what `repoint help configuration`
 * shows and what `repoint init` puts into the file as comments. */
#ifndef RP_CLI_CONFIG_EXAMPLE_H
#define RP_CLI_CONFIG_EXAMPLE_H

#define RP_CONFIG_EXAMPLE                                                                                    \
    "  deploy:\n"                                                                                            \
    "    lease: 60              # seconds; --lease\n"                                                        \
    "    cutover_timeout: 30    # seconds; --cutover-timeout\n"                                              \
    "  retain: 5                # finalized revisions that keep their tables\n"                              \
    "  candidate:\n"                                                                                         \
    "    readers: [analysts]    # roles that may read the candidate views\n"                                 \
    "  checks:                  # before readers see it, on the candidate views\n"                           \
    "    - name: no orphans     # a query that returns no rows; {model} is its view\n"                       \
    "      sql: SELECT id FROM {shop.orders} WHERE customer_id IS NULL\n"                                    \
    "    - name: rows\n"                                                                                     \
    "      model: shop.orders\n"                                                                             \
    "      rows: {min: 1000, change: 20%}   # against what readers see now\n"                                \
    "    - name: fresh\n"                                                                                    \
    "      model: shop.orders\n"                                                                             \
    "      freshness: {column: ordered_at, within: 2 days, not_older: true}\n"                               \
    "      severity: warn                   # is told, and stops nothing\n"                                  \
    "    - name: smoke                      # the plan on standard input, as JSON\n"                         \
    "      command: [./smoke.sh]            # a text instead of a list: sh -c\n"                             \
    "      timeout: 60                      # 300 when absent\n"                                             \
    "      environments: [prod]             # all when absent\n"                                             \
    "    - name: sales today                # once readers see it\n"                                         \
    "      sql: SELECT 1 WHERE NOT EXISTS (SELECT * FROM {shop.orders})\n"                                   \
    "      after_cutover: true\n"                                                                            \
    "      on_failure: rollback             # or tell, when absent\n"                                        \
    "  approvals:               # by others than the author; PostgreSQL, MariaDB\n"                          \
    "    prod: {count: 2, roles: [release_managers]}\n"                                                      \
    "  hooks:\n"                                                                                             \
    "    - events: [finalized, rolled_back, failed]\n"                                                       \
    "      command: [./tell-the-team.sh]    # the event on standard input, as JSON\n"                        \
    "    - events: checked      # or promoted, approved: before the cutover\n"                               \
    "      command: ./open-ticket.sh\n"                                                                      \
    "      required: true       # its failure stops the deployment\n"                                        \
    "      timeout: 30          # 60 when absent\n"

#endif
