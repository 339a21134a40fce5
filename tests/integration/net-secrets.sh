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
# Helpers, agents and services that answer with what is not to be shown, or are asked with it.
printf '[default]\ncredential_process = ./helper --password HelperP4ssword\n' >"$HOME/.aws/credentials"
printf '#!/bin/sh\nprintf %%s "{\\"Version\\": 1, \\"AccessKeyId\\": \\"AKIDSECRETTEST\\", \\"SecretAccessKey\\": \\"s3cr3t/Key+ThatNobodyMaySee0123456789abc\\", \\"SessionToken\\": \\"T0kenThatNobodyMaySee+/=xyz\\"}"\n' >helper
chmod +x helper
ek run -v -c c.yaml --out out --set cache.mode=none --set network.record=tapes
ended "keys from a helper" 0
ran helper
printf '#!/bin/sh\necho "SecretAccessKey=s3cr3t/Key+ThatNobodyMaySee0123456789abc"\n' >helper
ek run -v -c c.yaml --out out --set cache.mode=none --set network.record=tapes
says "a helper's nonsense is not shown" "credential_process is no JSON object"
ran helper-nonsense
rm -f "$HOME/.aws/credentials"
printf 'IdentityT0ken' >identity
AWS_WEB_IDENTITY_TOKEN_FILE=identity AWS_ROLE_ARN=arn:aws:iam::111122223333:role/r \
  ek run -v -c c.yaml --out out --set cache.mode=none --set network.record=tapes
says "a role that is not given" "STS does not give role"
ran identity
AWS_CONTAINER_CREDENTIALS_FULL_URI="$fake_url/keys?id=AgentS1gnature" AWS_CONTAINER_AUTHORIZATION_TOKEN=AgentT0ken \
  ek run -v -c c.yaml --out out --set cache.mode=none --set network.record=tapes
says "an agent that does not know us" "the container's agent at"
ran agent
ek run -v -c c.yaml --out out --set "aws.endpoint_url=http://user:EndpointP4ssword@127.0.0.1:$fake_port" --set cache.mode=none
ran endpoint
sed 's,^network: {,&proxy: "http://me:${PROXY_PASSWORD}@127.0.0.1:1"\, ,' c.yaml >proxy.yaml
PROXY_PASSWORD=ProxyP4ssword ek run -v -c proxy.yaml --out out --set cache.mode=none
ran proxy
PROXY_PASSWORD=ProxyP4ssword ek check -c proxy.yaml --print
is "a proxy's password is printed as its variable" "$(grep -c 'PROXY_PASSWORD' "$work/out")" 1
ran proxy-check
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
hidden "a helper's password" HelperP4ssword
hidden "the token of a web identity" IdentityT0ken
hidden "the token for the container's agent" AgentT0ken
hidden "the query of the agent's address" AgentS1gnature
hidden "a password in the endpoint" EndpointP4ssword
hidden "a proxy's password" ProxyP4ssword
hidden "the header" "Signature="
hidden "the algorithm" AWS4-HMAC
hidden "a password in a URL" PictureP4ssword
hidden "a query's signature, as a picture's URL may carry one" PresignedS1gnature
hidden "a query's token" QueryT0ken
done_testing
