#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Secret keys, tokens and signatures are in no log, report, error, cache or tape, whatever happens.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
AWS_ACCESS_KEY_ID=AKIDSECRETTEST AWS_SECRET_ACCESS_KEY=s3cr3t/Key+ThatNobodyMaySee0123456789abc AWS_SESSION_TOKEN=T0kenThatNobodyMaySee+/=xyz
export AWS_SESSION_TOKEN
fake_start --key "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY:$AWS_SESSION_TOKEN"
net_chain "    timeout: 1s
run: {max_rejects: 100%}"
item A /images/a.jpg
item B /images/note/do=throttle/b.jpg
item C /images/note/do=fail:InternalServerError/c.jpg
item D /images/note/do=garbage/d.jpg
item E "http://user:PictureP4ssword@127.0.0.1:$fake_port/images/e.jpg"
item F "/images/f.jpg?X-Amz-Signature=PresignedS1gnature&X-Amz-Security-Token=QueryT0ken"
item G "/images/do/status:403/g.jpg?X-Amz-Signature=PresignedS1gnature"

mkdir all
# ran NAME: keeps everything that a run has said and written.
ran()
{
  mkdir "all/$1"
  cp "$work/out" "all/$1/said-out"
  cp "$work/err" "all/$1/said-err"
  [ ! -d out ] || cp -R out "all/$1/"
  cp "$work"/cache.db* "all/$1/" 2>/dev/null
}
ek run -v -c c.yaml --out out --set network.record=tapes
ended "a run with a token" 0
is "it was believed" "$("$jsonget" --lines "$fake_log" key | grep -c AKIDSECRETTEST)" "$(calls)"
is "someone was asked" "$([ "$(paid)" -ge 1 ] && echo yes)" yes
ran good
ek run -v -c c.yaml --out out --log-format json --json --set cache.mode=none
ran json
ek check -c c.yaml --print
ran check
ek plan -v -c c.yaml
ran plan
saved=$AWS_SECRET_ACCESS_KEY
AWS_SECRET_ACCESS_KEY=An0therSecretThatIsWrong
# The service explains itself with the whole request, token and all: that must not get on a tape either.
ek run -v -c c.yaml --out out --set cache.mode=none --set network.record=tapes
ran wrong
AWS_SECRET_ACCESS_KEY=$saved
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
mkdir -p "$HOME/.aws"
printf '[default]\naws_access_key_id = AKIDSECRETTEST\naws_secret_access_key = s3cr3t/Key+ThatNobodyMaySee0123456789abc\naws_session_token = T0kenThatNobodyMaySee+/=xyz\n' >"$HOME/.aws/credentials"
ek run -v -c c.yaml --out out --set cache.mode=none
ended "keys from a file" 0
ran file
printf '[default]\naws_access_key_id = AKIDSECRETTEST\naws_secret_access_key s3cr3t/Key+ThatNobodyMaySee0123456789abc\n' >"$HOME/.aws/credentials"
ek run -v -c c.yaml --out out --set cache.mode=none
ran broken
cp -R tapes all/
is "there is something to look at: reports, caches, tapes" \
  "$(find all -name report.json | grep -c .) $(find all -name 'cache.db' | grep -c . | sed 's/[1-9].*/some/') $(ls all/tapes | grep -c . | sed 's/[1-9].*/some/')" \
  "$(find all -name report.json | grep -c .) some some"

# rejects.jsonl holds the record as it stood ("input"): that is the user's own text.
find all -name rejects.jsonl -exec sed -i 's/"input": *".*"}/}/' {} +

# hidden WHAT TEXT: in none of all those files.
hidden()
{
  hidden_in=$(grep -rlaF -e "$2" all)
  is "$1 is nowhere" "$hidden_in" ""
}
hidden "the secret key" 's3cr3t/Key'
hidden "the secret key, encoded" 's3cr3t%2FKey'
hidden "its end" '0123456789abc'
hidden "the wrong secret" An0therSecret
hidden "the token" T0kenThatNobody
hidden "the header" "Signature="
hidden "the algorithm" AWS4-HMAC
hidden "a password in a URL" PictureP4ssword
hidden "a query's signature, as a picture's URL may carry one" PresignedS1gnature
done_testing
