#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# One picture after the other through Rekognition: signed, labelled, merged into a chain, and paid for once, whatever is
# asked of the answer later.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start

# ---- a chain ---------------------------------------------------------------------------------------------------------
net_chain "    when: no_labels"
sed -i 's/^chain:/chain:\n  - plugin: category/' c.yaml
item A /images/a.jpg Tea
item B "/images/note/labels=Green_Tea@97.5;Cat@70.25/b.jpg"
item C ""
item D /images/note/labels=/d.png
ek run -c c.yaml --out out
ended "the first run" 0
is "labels of the source, of the picture, of neither" "$(cells out)" "A=Tea B=Green Tea|Cat C= D="
is "asked for the two that have a picture and no category" "$(calls) $(pictures)" "2 2"
is "each call was signed and believed" "$(paid)" 2
is "the step's books" "$(step out items labels none skipped failed not_asked)" "3 1 1 1 0 1"
is "calls, hits and money" "$(step out calls cache_hits retries throttled spent)" "2 0 0 0 0.002 USD"
is "the items' books" "$(records items out)" "4 2 2 0 0 0 0 4"
account "every record is accounted for" out

# What a terminal is told meanwhile, in one line however narrow it is.
cat >"$work/terminal.py" <<'PYTHON'
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
while True:
    try:
        some = os.read(fd, 65536)
    except OSError:
        break
    if not some:
        break
    said += some
os.waitpid(pid, 0)
sys.stdout.buffer.write(said.replace(b"\r", b"\n"))
PYTHON
for columns in 200 60; do
  TERM=xterm fake_python "$work/terminal.py" $columns "$EK_BIN" run -c c.yaml --out seen --set "cache.path=$work/seen$columns.db" |
    sed 's/^.\[K//' | grep '^enrich ' | tail -n 1 >seen$columns
done
is "progress says what was paid and asked" "$(sed 's/|  [0-9,]*.s /| /' seen200)" "enrich   4 items   100% |##########|  0.002 USD  2 calls"
is "progress keeps to its line" "$(wc -c <seen60 | awk '{ print ($1 <= 60) }')" 1

fake_forget
ek run -c c.yaml --out again
ended "the second run" 0
is "nothing is asked twice" "$(calls)" 0
is "and that is said" "$(step again calls cache_hits spent | sed 's/ 0[0. ]*USD/ nothing/')" "0 2 nothing"
same "the same rows" again/items.csv out/items.csv

# ---- what is asked of an answer costs nothing --------------------------------------------------------------------------
# free WHAT CELL-OF-B OPTION...: with these options there is no call.
free()
{
  free_what=$1 free_want=$2
  shift 2
  fake_forget
  rm -rf other
  ek run -c c.yaml --out other --set "chain[look].options={$*}"
  [ "$status" = 0 ] || { ended "$free_what" 0; return; }
  is "$free_what: the labels" "$(cells other | sed 's/.* B=\(.*\) C=.*/\1/')" "$free_want"
  is "$free_what: no call" "$(calls)" 0
}
free "two labels at most, as the service counts them" "Green Tea" "max_labels: 2"
free "a higher confidence" "Green Tea" "min_confidence: 80"
free "a lower one" "Green Tea|Cat" "min_confidence: 5"
free "parents alone" "Beverage|Tea|Animal" "emit: parents, max_labels: 10"
free "an excluded label" "Tea|Cat" "exclude: [Green Tea]"
free "an included one" "Cat" "include: [Cat]"
free "a category left out" "Green Tea|Mammal" "exclude_categories: [Animals and Pets]"
free "one category alone" "Cat" "include_categories: [Animals and Pets]"
fake_forget
ek run -c c.yaml --out other --set 'chain[look].options={emit: both, max_labels: 10}' --set merge.max_labels=20 --set clean=none
is "leaves and parents: all are there" "$(cells other | sed 's/.* B=\(.*\) C=.*/\1/' | tr '|' '\n' | LC_ALL=C sort | tr '\n' '|')" \
  "Animal|Beverage|Cat|Green Tea|Mammal|Tea|"
is "leaves and parents: no call" "$(calls)" 0

# ---- the configured values themselves -----------------------------------------------------------------------------------
fake_forget
ek run -c c.yaml --out exact --set 'chain[look].options={request: exact}'
ended "request: exact" 0
is "request: exact asks with the configured values" "$(grep -c '"ask": {"MaxLabels": 5, "MinConfidence": 60' "$fake_log")" 2
same "request: exact: the same rows" exact/items.csv out/items.csv
fake_forget
ek run -c c.yaml --out exact --set 'chain[look].options={request: exact, max_labels: 7}'
is "request: exact with another value asks anew" "$(calls)" 2
fake_forget
ek run -c c.yaml --out properties --set 'chain[look].options={image_properties: true}'
is "image properties are asked for, and paid" "$(grep -c IMAGE_PROPERTIES "$fake_log") $(step properties spent)" "2 0.0035 USD"

# ---- one picture, many items --------------------------------------------------------------------------------------------
net_chain "    workers: 8"
for i in 1 2 3 4 5 6 7 8 9 10; do item "S$i" /images/same/one/$i.jpg; done
fake_set '{"rekognition_ms": 100}'
fake_forget
ek run -c c.yaml --out shared
ended "ten items with one picture" 0
is "ten items with one picture are one call" "$(calls) $(step shared calls cache_hits spent)" "1 1 9 0.001 USD"
is "they have the same cell" "$(sed 1d shared/items.csv | cut -d , -f 2 | sort -u | wc -l)" 1
for i in 1 2 3 4 5; do item "T$i" /images/twice.jpg; done
fake_forget
ek run -c c.yaml --out shared
is "five items with one address: fetched at most once each, asked once" "$(calls) $([ "$(asked twice.jpg)" -le 5 ] && echo few)" "1 few"
fake_set '{"rekognition_ms": 0}'

# ---- off and on ---------------------------------------------------------------------------------------------------------
fake_forget
ek run -c c.yaml --out off --limit 1 --set cache.mode=none
is "cache.mode none pays again" "$(paid)" 1
fake_forget
ek run -c c.yaml --out off --limit 1 --set cache.mode=read
is "cache.mode read finds what is there" "$(paid)" 0
ek run -c c.yaml --out off --limit 1 --set cache.mode=read --set cache.path="$work/empty.db"
ek run -c c.yaml --out off --limit 1 --set cache.mode=read --set cache.path="$work/empty.db"
is "cache.mode read keeps nothing" "$(paid)" 2
: >"$work/named.db"
ek run -c c.yaml --out off --limit 1 --set cache.mode=none --set cache.path="$work/named.db"
ended "a cache that was killed when it was no more than a name" 0
ek cache show
ended "cache show" 0
prints "cache show names the step" look
ek cache export "$work/export.jsonl"
ended "cache export" 0
is "cache export: what was paid for" "$("$jsonget" --lines "$work/export.jsonl" key | sort -u | wc -l)" "$(wc -l <"$work/export.jsonl")"
fake_forget
ek cache prune --step look
ended "cache prune" 0
ek run -c c.yaml --out off
is "after cache prune all is asked again" "$(paid)" 2

# ---- a local file, a model of one's own ---------------------------------------------------------------------------------
mkdir pictures
fake_python - "$fake_url/images/note/labels=Mug@90/m.jpg" >pictures/m.jpg <<'PYTHON'
import sys, urllib.request
sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1], timeout=5).read())
PYTHON
net_chain
item L pictures/m.jpg
fake_forget
ek run -c c.yaml --out local
is "a file beside the catalogue" "$status $(cells local) $(pictures)" "0 L=Mug 0"
ek run -c c.yaml --out local --set 'chain[look].budget=0.0001 USD'
is "what is known of it is free, whatever the budget" "$status $(cells local) $(paid)" "0 L=Mug 1"
net_chain
item S s3://shop-data/images/s.png
item T s3://shop-data/nothing.jpg
fake_forget
ek run -c c.yaml --out bucket --set run.max_rejects=100%
is "s3://: what is there is fetched, signed, and looked at" "$status $(asked '"to": "s3"' '"status": 200' '"key": "AKIDEXAMPLE"') $(paid)" "0 1 1"
is "s3://: what is not is rejected" "$("$jsonget" --lines bucket/rejects.jsonl item reason http code | tr '\t' ' ')" "T asset_failed 404 -"
ek run -c c.yaml --out bucket --limit 1 --set 'chain[look].options={source: s3}'
is "s3://: by reference" "$status $(asked '"to": "rekognition"' '"status": 200' | tr -d ' ') $(asked '"to": "s3"' '"status": 200')" "0 2 1"
net_chain
item L pictures/m.jpg
arn=arn:aws:rekognition:us-east-1:111122223333:project/shop/version/one/1700000000000
fake_forget
ek run -c c.yaml --out own --set "chain[look].options={project_version_arn: \"$arn\"}"
is "a model of one's own" "$status $(cells own) $(asked DetectCustomLabels)" "0 L=own-mug 1"
is "a model of one's own costs by the hour, not by the picture" "$(step own calls spent)" "1 0 USD"
ek run -c c.yaml --out own --set "chain[look].options={project_version_arn: \"$(echo "$arn" | sed s/one/stopped/)\"}"
is "a model that does not run is no item without labels" "$([ "$status" != 0 ] || "$jsonget" own/report.json rejects.total)" "$([ "$status" != 0 ] || echo 1)"

# ---- plan -----------------------------------------------------------------------------------------------------------------
net_chain
for i in 1 2 3 4 5 6 7 8 9 10; do item "P$i" /images/plan$((i % 5)).jpg; done
item none ""
fake_forget
ek plan -c c.yaml --json
ended "plan" 0
is "plan asks nobody" "$(calls) $(pictures)" "0 0"
is "plan writes nothing" "$(ls -d enrichkit-out 2>/dev/null)" ""
ek plan -c c.yaml
prints "plan: calls and money" "5 distinct" "0.00"
ek run -c c.yaml --out planned
is "as planned" "$(paid)" 5
ek plan -c c.yaml
prints "plan knows the cache" "5 in the cache"
done_testing
