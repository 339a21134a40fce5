#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The manual page knows every command and option that --help prints, and none besides.
. "${top_srcdir:?}/tests/integration/lib.sh"
sed -e '/^aws /d' -e 's/\\-/-/g' "$top_srcdir/doc/enrichkit.1" >"$work/page"

# Options are indented by two and begin with a dash; commands are indented by two.
options()
{
  sed -n 's/^  \(-[-a-z]*\).*/\1/p' | grep -v -e '->'
}
commands=$("$EK_BIN" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p')
run "there are commands" test -n "$commands"
: >"$work/known"
for command in $commands; do
  run "command $command" grep -Eq "^\.B $command\$" "$work/page"
  "$EK_BIN" "$command" --help | options >>"$work/known"
done
sort -u "$work/known" >"$work/options"
run "there are options" test -s "$work/options"
while IFS= read -r option; do
  run "option $option" grep -Eq -e "(^|[^a-z-])$option([^a-z-]|\$)" "$work/page"
done <"$work/options"

# The other way: --quiet, --help stand in the text of their short forms.
printf '%s\n' --quiet --help --verbose >>"$work/options"
invented=$(grep -Eo -e '(^|[^a-z-])--?[a-z][a-z-]*' "$work/page" | sed 's/^[^-]//' | sort -u | grep -Fvx -f "$work/options" | tr '\n' ' ')
is "no option that the program lacks" "$invented" ""
for status in 0 1 2 3 '129 ", " 130 ", " 143'; do
  run "exit status $status" grep -Eq "^\.BR? $status" "$work/page"
done
done_testing
