/* Roles and database of the private cluster. */
#ifndef QF_STORE_CLUSTER_ROLES_H
#define QF_STORE_CLUSTER_ROLES_H

#include "daemon/store/cluster.h"

/* Makes what is missing: qf_owner, qf_daemon and the database, as the superuser over `admin_conninfo`. Waits for the
 * answer. QF_ECLOSED no connection, QF_ESTATE refused; ret_why says why. */
enum qf_err cluster_make_roles(const char *admin_conninfo, char ret_why[CLUSTER_WHY]) QF_MUST_CHECK;

#endif
