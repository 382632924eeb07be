#include "common/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t qf_base64_put(const void *p, size_t n, char *out)
{
    const unsigned char *b = p;
    char *o = out;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)b[i] << 16 | (i + 1 < n ? (uint32_t)b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0u);
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        *o++ = i + 1 < n ? alphabet[v >> 6 & 63] : '=';
        *o++ = i + 2 < n ? alphabet[v & 63] : '=';
    }
    return (size_t)(o - out);
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* A group of four; pad: how many of them are '='. Returns false when it is none. */
static bool group(const char *p, int pad, unsigned char *out)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int k = i < 4 - pad ? value_of(p[i]) : 0;
        if (k < 0)
            return false;
        v = v << 6 | (uint32_t)k;
    }
    if ((pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
        return false; /* bits that belong to no byte */
    for (int i = 0; i < 3 - pad; i++)
        out[i] = (unsigned char)(v >> (16 - 8 * i));
    return true;
}

enum qf_err qf_base64_get(const char *p, size_t n, void *out, size_t *ret_n)
{
    unsigned char *o = out;
    int pad = n < 4 ? 0 : (p[n - 1] == '=') + (p[n - 1] == '=' && p[n - 2] == '=');
    if (n % 4 != 0)
        return QF_ESYNTAX;
    for (size_t i = 0; i < n; i += 4) {
        int here = i + 4 == n ? pad : 0;
        if (!group(p + i, here, o))
            return QF_ESYNTAX;
        o += 3 - here;
    }
    *ret_n = (size_t)(o - (unsigned char *)out);
    return QF_OK;
}
