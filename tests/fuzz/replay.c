/* main of the fuzz targets in a build without libFuzzer: feeds each file of tests/fuzz/corpus/NAME to the target, as one TAP point.
 * What once broke a target lies there as a file, so that `make check` keeps asking. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* The bytes lie in a block of just their size: under AddressSanitizer one byte read too many is seen. */
static int feed(const char *path)
{
    static uint8_t input[INPUT_BYTES];
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    size_t n = fread(input, 1, sizeof input, f);
    int bad = ferror(f);
    fclose(f);
    if (bad)
        return -1;
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        return -1;
    memcpy(exact, input, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const char *name = slash ? slash + 1 : "?";
    if (strncmp(name, "fuzz_", 5) == 0)
        name += 5;
    char dir[256], path[600];
    struct dirent **files = NULL;
    int fed = 0, unread = 0;
    snprintf(dir, sizeof dir, "tests/fuzz/corpus/%s", name);
    int n = scandir(dir, &files, visible, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]->d_name);
        printf("# %s\n", path);
        fflush(stdout);
        if (feed(path) == 0)
            fed++;
        else
            unread++;
        free(files[i]);
    }
    free(files);
    printf("1..1\n%s 1 - %s: %d inputs of the corpus, %d not readable\n", fed > 0 && !unread ? "ok" : "not ok", name, fed, unread);
    return fed > 0 && !unread ? 0 : 1;
}
