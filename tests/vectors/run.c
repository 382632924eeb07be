/* run [--data DIR] DIR: checks every vector (*.json) it finds in DIR. The member `format` of a file says what it is;
 * input files it names are looked up in the folder of --data, then beside it. Prints a line for each case that fails
 * and, at the end, "N passed, N failed". Status 0 when something passed and nothing failed, 2 when it was called
 * wrongly. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/vectors/judge.h"

/* A format counts as failed unless it is in this table. */
static const struct {
    const char *name;
    void (*fn)(struct judge *j, struct json_object *doc);
} formats[] = {
    { "quantumfond/metric-vectors/1", judge_metrics },
    { "quantumfond/position-vectors/1", judge_positions },
    { "quantumfond/golden-pnl/1", judge_pnl },
    { "quantumfond/golden-risk/1", judge_risk },
    { "quantumfond/golden-performance/1", judge_performance },
};

static void judge_document(struct judge *j, struct json_object *doc)
{
    const char *format = member_text(doc, "format");
    int before = j->passed + j->failed;
    for (size_t i = 0; i < QF_LEN(formats); i++) {
        if (strcmp(formats[i].name, format) != 0)
            continue;
        formats[i].fn(j, doc);
        if (j->passed + j->failed == before)
            judge_broken(j, "file", "no cases in it");
        return;
    }
    judge_broken(j, "format", "\"%s\" is not known", format);
}

static void judge_file(struct judge *j, const char *name)
{
    char path[1024];
    j->file = name;
    if (qf_str_fmt(path, sizeof(path), "%s/%s", j->folder, name) + 1 >= sizeof(path)) {
        judge_broken(j, "file", "its path is too long");
        return;
    }
    struct json_object *doc = json_object_from_file(path);
    if (doc == NULL)
        judge_broken(j, "file", "not JSON: %s", json_util_get_last_err() != NULL ? json_util_get_last_err() : "null");
    else
        judge_document(j, doc);
    json_object_put(doc);
}

static int is_vector(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 5 && strcmp(e->d_name + n - 5, ".json") == 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: run [--data DIR] DIR\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct judge j = { 0 };
    struct dirent **list;
    int at = 1;
    if (argc == 4 && strcmp(argv[1], "--data") == 0) {
        j.data = argv[2];
        at = 3;
    }
    if (at + 1 != argc || argv[at][0] == '-')
        return usage();
    j.folder = argv[at];
    int n = scandir(j.folder, &list, is_vector, alphasort);
    if (n < 0) {
        perror(j.folder);
        return 2;
    }
    for (int i = 0; i < n; i++) {
        judge_file(&j, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    printf("%d passed, %d failed\n", j.passed, j.failed);
    return j.failed == 0 && j.passed > 0 ? 0 : 1;
}
