/* What this machine can do at most: reading, updating in place, fused multiply-adds; one core.
 *
 * Compiled like yardstick.c: -DREAL=float -DBYTES=64.
 */
#define LANES ((long)(BYTES / sizeof(REAL)))
#define ACROSS 8 /* independent chains: latency times throughput of a fused multiply-add */
typedef REAL vec __attribute__((vector_size(BYTES), may_alias));

static REAL sum(vec v) {
    REAL total = 0;
    for (long i = 0; i < LANES; i++) total += v[i];
    return total;
}

/* Read n numbers (a multiple of ACROSS * LANES, aligned), again and again. */
double read_all(const REAL *numbers, long n, long repeats) {
    vec s[ACROSS] = {{0}};
    for (long r = 0; r < repeats; r++) {
        for (long i = 0; i < n; i += ACROSS * LANES)
            for (long v = 0; v < ACROSS; v++) s[v] += *(const vec *)(numbers + i + v * LANES);
        __asm__ volatile("" ::: "memory");
    }
    REAL total = 0;
    for (long v = 0; v < ACROSS; v++) total += sum(s[v]);
    return total;
}

/* Read and write back n numbers, again and again. */
double update_all(REAL *numbers, long n, long repeats) {
    for (long r = 0; r < repeats; r++) {
        for (long i = 0; i < n; i += ACROSS * LANES)
            for (long v = 0; v < ACROSS; v++) *(vec *)(numbers + i + v * LANES) += (REAL)1e-3;
        __asm__ volatile("" ::: "memory");
    }
    return numbers[0];
}

/* n times ACROSS vectors of multiply-adds, in registers. */
double multiply_add(REAL *numbers, long n, long repeats) {
    vec s[ACROSS], a = *(vec *)numbers, b = *(vec *)(numbers + LANES);
    for (long v = 0; v < ACROSS; v++) s[v] = a + (REAL)v;
    for (long r = 0; r < repeats; r++)
        for (long i = 0; i < n; i++)
            for (long v = 0; v < ACROSS; v++) s[v] = s[v] * a + b;
    REAL total = 0;
    for (long v = 0; v < ACROSS; v++) total += sum(s[v]);
    return total;
}
