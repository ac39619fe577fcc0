/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of cgroup files that count, as kernels have written them, and network interfaces'. */
#include "unit.h"

#include "base/memory.h"
#include "linux/cgroup_stats.h"
#include "linux/network_counters.h"

static void numbers(void **state)
{
    (void)state;
    assert_true(cgroup_number_parse("123").present && cgroup_number_parse("123").value == 123);
    assert_true(cgroup_number_parse("0").present && cgroup_number_parse("0").value == 0);
    assert_true(cgroup_number_parse("max").present && cgroup_number_parse("max").value == CGROUP_NO_LIMIT);
    assert_false(cgroup_number_parse("").present);
    assert_false(cgroup_number_parse("-1").present);
    assert_false(cgroup_number_parse("12 13").present);
    assert_false(cgroup_number_parse("18446744073709551616").present);
}

/* memory.stat of 6.1 begins so; a value that is no number, a key without one and a negative one are skipped.
 */
static const char memory_stat[] = "anon 249856\nfile 1232896\nkernel 282624\nkernel_stack 16384\nsock 0\n"
                                  "broken 12x\nlonely\n\nminus -5\nworkingset_nodereclaim 0";

static void pairs(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct cgroup_pairs found = cgroup_pairs_parse(memory_stat, &arena);

    (void)state;
    assert_int_equal(found.count, 6);
    assert_string_equal(found.items[0].key, "anon");
    assert_int_equal(found.items[1].value, 1232896);
    assert_true(cgroup_pair_find(&found, "sock").present);
    assert_int_equal(cgroup_pair_find(&found, "kernel").value, 282624);
    assert_string_equal(found.items[5].key, "workingset_nodereclaim");
    assert_false(cgroup_pair_find(&found, "kern").present);
    assert_false(cgroup_pair_find(&found, "broken").present);
    found = cgroup_pairs_parse("", &arena);
    assert_int_equal(found.count, 0);
}

static void pressure(void **state)
{
    struct cgroup_pressure found =
        cgroup_pressure_parse("some avg10=1.05 avg60=22.34 avg300=100.00 total=123456789\n"
                              "full avg10=0.00 avg60=0.07 avg300=0.00 total=5\n");

    (void)state;
    assert_true(found.some.present && found.full.present);
    assert_int_equal(found.some.average_10s, 105);
    assert_int_equal(found.some.average_60s, 2234);
    assert_int_equal(found.some.average_300s, 10000);
    assert_int_equal(found.some.total_us, 123456789);
    assert_int_equal(found.full.average_60s, 7);
    /* Before 5.13 cpu.pressure had no "full". */
    found = cgroup_pressure_parse("some avg10=0.00 avg60=0.00 avg300=0.00 total=0");
    assert_true(found.some.present);
    assert_false(found.full.present);
    /* Half a line is none. */
    found = cgroup_pressure_parse("some avg10=0.00 avg60=0.00 avg300=0.00");
    assert_false(found.some.present);
    found = cgroup_pressure_parse("some avg10=0.0 avg60=0.00 avg300=0.00 total=0");
    assert_false(found.some.present);
    found = cgroup_pressure_parse("some avg10=nan avg60=0.00 avg300=0.00 total=0\nfull");
    assert_false(found.some.present || found.full.present);
    found = cgroup_pressure_parse("");
    assert_false(found.some.present || found.full.present);
}

static void io(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct cgroup_io_stats found;

    (void)state;
    cgroup_io_parse("8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=50331648 dios=3021 "
                    "cost.usage=5\n253:1 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n",
                    &arena, &found);
    assert_true(found.present);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.devices[0].major, 8);
    assert_int_equal(found.devices[0].minor, 0);
    assert_int_equal(found.devices[0].read_bytes.value, 90430464);
    assert_int_equal(found.devices[0].discards.value, 3021);
    assert_int_equal(found.devices[1].minor, 1);
    assert_int_equal(found.devices[1].writes.value, 4);
    /* A device of which nothing is told, alone or in front of another. */
    cgroup_io_parse("254:0 \n252:0 252:16 rbytes=7 wios=1\n259:0", &arena, &found);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.devices[0].minor, 16);
    assert_int_equal(found.devices[0].read_bytes.value, 7);
    assert_false(found.devices[0].write_bytes.present);
    cgroup_io_parse("", &arena, &found);
    assert_true(found.present && found.count == 0);
    cgroup_io_parse("nonsense rbytes=1\n8 rbytes=1\n8:0 rbytes=much", &arena, &found);
    assert_int_equal(found.count, 0);
}

static void interfaces(void **state)
{
    static const char text[] =
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
        "colls "
        "carrier compressed\n"
        "    lo:     840      10    0    1    0     0          0         0      840      10    0    2    0   "
        "  0 "
        "      0          0\n"
        "  eth0:12345678901 7 3 0 0 0 0 0 99 8 4 5 0 0 0 0\n"
        "  short: 1 2 3\n"
        "  averylonginterfacename: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
    cleanup_arena struct arena arena = {0};
    const struct network_counters *items;
    size_t count;

    (void)state;
    network_counters_parse(text, &arena, &items, &count);
    assert_int_equal(count, 2);
    assert_string_equal(items[0].name, "lo");
    assert_int_equal(items[0].received_bytes, 840);
    assert_int_equal(items[0].received_dropped, 1);
    assert_int_equal(items[0].sent_dropped, 2);
    assert_string_equal(items[1].name, "eth0");
    assert_int_equal(items[1].received_bytes, 12345678901);
    assert_int_equal(items[1].received_errors, 3);
    assert_int_equal(items[1].sent_packets, 8);
    assert_int_equal(items[1].sent_errors, 4);
    network_counters_parse("", &arena, &items, &count);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(pairs),      cmocka_unit_test(pressure),
        cmocka_unit_test(io),      cmocka_unit_test(interfaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
