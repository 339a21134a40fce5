#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Pictures and addresses of pictures that mean harm: each refused or handled with its reason, nothing fetched that must not
# be. The addresses are tried in a network namespace of their own, where every address answers and is written down: no
# traffic could leave it even if the guard were broken.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
tool=$top_srcdir/tests/integration/net-hostile.py

# ---- pictures -------------------------------------------------------------------------------------------------------
hostile=$EK_SHARED/data/images/hostile
if [ -d "$hostile" ]; then
  fake_start --folder "$hostile"
  net_chain "run: {max_rejects: 100%}"
  fake_python "$tool" items "$hostile" "$fake_url" >items.jsonl
  ek run -c c.yaml --out out
  ended "hostile pictures: the run" 0
  account "hostile pictures: every record is accounted for" out
  is "hostile pictures: all are there" "$("$jsonget" out/report.json records.items.in)" 44
  fake_python "$tool" judge "$hostile.csv" "$hostile" "$fake_log" out >told 2>&1
  is "hostile pictures: each as it must be" "$(cat told)" ""
  is "hostile pictures: peak memory under 100 MB" "$("$jsonget" out/report.json peak_rss_bytes | awk -v s="${EK_SANITIZED:-0}" '{ print (s || $1 < 100e6) }')" 1
  fake_stop
else
  skip "hostile pictures" "there is no $hostile (set EK_SHARED)"
fi

# ---- addresses --------------------------------------------------------------------------------------------------------
if ! unshare -rnm true 2>/dev/null; then
  skip "hostile addresses" "no network namespace is permitted here"
  done_testing
fi
cat >hosts <<'HOSTS'
127.0.0.1 localhost
::1 localhost
8.8.4.4 public.test
10.0.0.1 private.test
169.254.169.254 meta.test
fd00:ec2::254 meta6.test
127.0.0.1 loop.test
0.0.0.0 zero.test
::ffff:10.0.0.1 mapped.test
8.8.4.4 mixed.test
10.0.0.1 mixed.test
HOSTS
# Inside: lo with many addresses, the fake on port 80 of all of them. 8.8.4.4 is the one public address.
cat >inside.sh <<'SH'
set -e
mount --bind "$PWD/hosts" /etc/hosts
ip link set lo up
for a in 8.8.4.4 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 192.0.2.1 198.18.0.1 203.0.113.1 240.0.0.1 224.0.0.1; do
  ip addr add $a/32 dev lo 2>/dev/null || true
done
for a in fd00:ec2::254 fe80::1 2001:db8::1 64:ff9b::7f00:1 2002:7f00:1::1; do ip -6 addr add $a/128 dev lo 2>/dev/null || true; done
/usr/bin/python3 "$top_srcdir/tests/fake/fakeaws.py" --everywhere --port 80 --log fake.log --limit 120 >fake.out 2>fake.err &
fake=$!
for i in $(seq 1200); do [ -s fake.out ] && break; sleep 0.05; done
rc=0
"$EK_BIN" run -c c.yaml --out out >"$work/out" 2>"$work/err" </dev/null || rc=$?
kill $fake
exit $rc
SH
fake_url=http://127.0.0.1:80 fake_port=80 fake_log=fake.log
net_chain "    timeout: 3s
images: {timeout: 1s, max_bytes: 1M, upgrade_https: false}
run: {max_rejects: 100%}"
sed -i '/^network:/d' c.yaml                             # the endpoint is named, so it needs no `allow`
fake_python "$tool" page >items.jsonl
export top_srcdir work EK_BIN
unshare -rnm sh inside.sh
status=$?
ended "hostile addresses: the run" 0
fake_python "$tool" reached fake.log out items.jsonl >told 2>&1
is "hostile addresses: nothing was reached but what may be, and each has its reason" "$(cat told)" ""
is "hostile addresses: the log shows who was reached" "$(asked '"to": "images"' '"local": "8.8.4.4"' | awk '{ print ($1 > 3) }')" 1
account "hostile addresses: every record is accounted for" out
is "hostile addresses: peak memory under 100 MB" "$("$jsonget" out/report.json peak_rss_bytes | awk -v s="${EK_SANITIZED:-0}" '{ print (s || $1 < 100e6) }')" 1
done_testing
