#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The whole program over TLS and HTTP/2: pictures and Rekognition behind a front, fifty workers each; a certificate that
# is not good ends the run at once, with a remedy.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start
backend=$fake_port

# front [expired]: $front_port, $front_ca, $front_log. It ends with its input, which ends with this test.
front()
{
  rm -f "$work/hold" "$work/front" && mkfifo "$work/hold" || exit 1
  "$top_builddir/tests/http/front-tool" "$backend" "$@" <"$work/hold" >"$work/front" 2>"$work/front.err" &
  front_pid=$!
  exec 9>"$work/hold"
  front_wait=0
  until [ "$(grep -c . "$work/front" 2>/dev/null)" = 3 ]; do
    front_wait=$((front_wait + 1))
    if ! kill -0 "$front_pid" 2>/dev/null; then
      wait "$front_pid"
      [ $? = 77 ] || { not_ok "the front starts" "$(cat "$work/front.err")"; done_testing; }
      [ -z "${ENRICHKIT_CI:-}" ] || { not_ok "the front" "nghttpx (package nghttp2-proxy) is missing"; done_testing; }
      skip_all "TLS and HTTP/2 need nghttpx (the package nghttp2-proxy)"
    fi
    [ $front_wait -lt 600 ] || { not_ok "the front starts" "$(cat "$work/front.err")"; done_testing; }
    sleep 0.05
  done
  { read -r front_port; read -r front_ca; read -r front_log; } <"$work/front"
  fake_url=https://127.0.0.1:$front_port fake_port=$front_port
}

front_end()
{
  exec 9>&-
  wait "$front_pid"
}

front
net_chain "    workers: 50
images: {workers: 50}"
n=0
while [ $n -lt 120 ]; do
  n=$((n + 1))
  item "I$n" "/images/$n.jpg"
done

ek run -c c.yaml --out none
ended "without the key the CA is not trusted" 3
unknown="certificate of 127.0.0.1:$front_port is of an authority that is not trusted here"
is "that is said of each picture, with what to do" \
  "$(grep '"attempts": 1,' none/rejects.jsonl | grep "$unknown" | grep -c network.ca_bundle)" 120
is "nobody was asked" "$(calls) $(pictures)" "0 0"

ek run -c c.yaml --out out --set network.ca_bundle="$front_ca"
ended "the run" 0
is "all went well" "$(calls) $(pictures) $(paid)" "120 120 120"
is "all over HTTP/2" "$(awk '{ print $1 }' "$front_log" | sort | uniq -c | awk '{ print $1, $2 }')" "240 h2"
# One for what the guard judges, one for the endpoint; more only where a handshake takes seconds.
run "on few connections" test "$(awk '{ print $2 }' "$front_log" | sort -u | wc -l)" -le 12
rm -f "$ENRICHKIT_CACHE"*
AWS_CA_BUNDLE=$front_ca ek run -c c.yaml --out variable
ended "by the variable of AWS's tools" 0
same "the same rows" variable/items.csv out/items.csv
front_end

# The endpoint's certificate alone: it is the same for every item, and will be the next time.
front expired
net_chain
n=0
while [ $n -lt 20 ]; do
  n=$((n + 1))
  item "I$n" "http://127.0.0.1:$backend/images/$n.jpg"
done
rm -f "$ENRICHKIT_CACHE"*
fake_forget
ek run -c c.yaml --out late --set network.ca_bundle="$front_ca" --set "network.allow=[127.0.0.1]"
ended "an expired certificate of the endpoint stops the run" 1
says "with its name and what to do" "the certificate of 127.0.0.1:$front_port has expired" "clock of this machine"
is "nobody was asked" "$(calls)" 0
front_end

printf 'nothing\n' >empty.pem
ek run -c c.yaml --out empty --set network.ca_bundle=empty.pem
ended "a file without certificates" 2
run "that is said before anything is asked" grep -q "empty.pem" "$work/err"
done_testing
