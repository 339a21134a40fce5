/* SPDX-License-Identifier: BSD-3-Clause */
/* One style sheet for screen, phone, dark and paper. Colours of text and marks hold at
 * least 4.5 and 3 to 1 on their ground, in both modes. In pieces, since ISO C promises
 * no more than 4,095 characters in one literal.                             */
#include "report/html.h"

static const char colours[] =
  ":root{--bg:#f6f6f3;--card:#fff;--ink:#1c2127;--soft:#59626d;--line:#dfe1e0;--grid:#e9ebea;--link:#0b5f86;"
  "--yes:#1b7440;--no:#b0341d;--even:#59626d;--yesbg:#e8f3ec;--nobg:#fbeae6;--evenbg:#eef0f1;"
  "--c0:#66707c;--c1:#0b6e99;--c2:#b9530a;--c3:#7549b5;--c4:#1b7440;--c5:#b02f72;--c6:#7a5a1e;"
  "--labels:#0b6e99;--none:#b9cbd6;--rest:#e4e7e9;--skipped:#c9bfdb;--failed:#c8482f;--duplicate:#d9a441;"
  "--stopped:#8a5a52;--kept:#0b6e99}\n"
  "@media screen and (prefers-color-scheme:dark){:root{--bg:#13161a;--card:#1a1e24;--ink:#e6e9ec;--soft:#9ea9b5;--line:#2e353e;"
  "--grid:#262c34;--link:#6cc1ea;--yes:#6cc98d;--no:#f2917c;--even:#9ea9b5;--yesbg:#17291f;--nobg:#33201c;"
  "--evenbg:#232930;--c0:#98a3af;--c1:#52b4de;--c2:#ef9550;--c3:#b699ea;--c4:#6cc98d;--c5:#e886b9;--c6:#cfa968;"
  "--labels:#3d9ec9;--none:#56708a;--rest:#363e48;--skipped:#62588a;--failed:#d9664e;--duplicate:#c99a45;"
  "--stopped:#a57a72;--kept:#3d9ec9}}\n";

static const char text[] =
  "*{box-sizing:border-box}\n"
  "html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}\n"
  "body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,"
  "\"Helvetica Neue\",Arial,sans-serif;overflow-wrap:break-word}\n"
  "header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}\n"
  "header{padding-top:2.5rem}\n"
  "footer{color:var(--soft);font-size:.875rem;padding-bottom:2.5rem}\n"
  "h1{font-size:2rem;line-height:1.2;margin:0;letter-spacing:-.01em}\n"
  "h2{font-size:1.25rem;line-height:1.3;margin:0 0 .75rem;letter-spacing:-.005em}\n"
  "h3{font-size:1rem;margin:1.75rem 0 .5rem}\n"
  "p{margin:0 0 .75rem;max-width:48rem;text-wrap:pretty}\n"
  ".bars bdi,.long bdi{overflow-wrap:anywhere}.narrow{display:none}\n"
  "a{color:var(--link)}\n"
  "ul,ol{padding-left:1.25rem;margin:0 0 .75rem;max-width:46rem}\n"
  "code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,\"Liberation Mono\",monospace}\n"
  ".over{margin:0 0 .25rem;color:var(--soft);font-size:.8125rem;letter-spacing:.04em}\n"
  ".meta{color:var(--soft);font-size:.875rem;margin:.375rem 0 1.5rem}\n"
  ".cp{font:.75em ui-monospace,Menlo,Consolas,monospace;border:1px solid var(--soft);border-radius:3px;padding:0 .2em;"
  "margin:0 .1em;color:var(--soft);white-space:nowrap}\n"
  ".sum{color:var(--soft);font-size:.75rem;word-break:break-all}\n"
  "main>section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.5rem;margin:0 0 1.25rem}\n"
  "nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;margin:0 0 1.25rem;font-size:.9375rem}\n"
  "nav a{text-decoration:none}nav a:hover{text-decoration:underline}\n"
  ":focus-visible{outline:2px solid var(--link);outline-offset:2px}\n"
  ".vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n";

static const char boxes[] =
  ".verdict h2{font-size:.9375rem;color:var(--soft);font-weight:600}\n"
  ".answer{border-left:4px solid var(--even);padding:.125rem 0 .125rem 1rem;margin:0 0 1rem}\n"
  ".answer.yes{border-color:var(--yes)}.answer.no{border-color:var(--no)}\n"
  ".answer .say{font-size:1.5rem;line-height:1.3;margin:0 0 .375rem}\n"
  ".answer.yes .say b{color:var(--yes)}.answer.no .say b{color:var(--no)}\n"
  ".answer p{margin:0 0 .25rem;max-width:54rem}\n"
  ".answer~.answer .say{font-size:1.25rem}\n"
  ".caveat{background:var(--evenbg);border-radius:6px;padding:.5rem .75rem}\n"
  ".on{color:var(--soft);font-size:.9375rem;margin:0;max-width:54rem}\n"
  ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:0 0 1.25rem}\n"
  ".tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.75rem 1rem}\n"
  ".tile dt{color:var(--soft);font-size:.8125rem}\n"
  ".tile dd{margin:0}.tile b{display:block;font-size:1.5rem;line-height:1.3;font-weight:600;"
  "font-variant-numeric:tabular-nums}\n"
  ".tile span{color:var(--soft);font-size:.8125rem}\n"
  ".badge{display:inline-block;border-radius:99px;padding:.0625rem .625rem;font-size:.8125rem;font-weight:600;"
  "white-space:nowrap;background:var(--evenbg);color:var(--even)}\n"
  ".badge.yes{background:var(--yesbg);color:var(--yes)}.badge.no{background:var(--nobg);color:var(--no)}\n"
  "details{margin:1rem 0 0}summary{cursor:pointer;color:var(--link);padding:.25rem 0}\n"
  ".pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 2rem}\n"
  ".pair>div>h3{margin-top:.75rem}\n";

static const char tables[] =
  ".scroll{overflow-x:auto;margin:0 0 .75rem}\n"
  "table{border-collapse:collapse;width:100%;font-size:.9375rem;margin:0 0 .5rem}\n"
  "caption{text-align:left;font-weight:600;padding:.75rem 0 .375rem}\n"
  "th,td{text-align:left;padding:.375rem .75rem .375rem 0;border-bottom:1px solid var(--grid);vertical-align:middle}\n"
  "th:last-child,td:last-child{padding-right:0}\n"
  "thead th{color:var(--soft);font-weight:500;font-size:.8125rem;border-color:var(--line);vertical-align:bottom}\n"
  "tbody th{font-weight:500}\n"
  ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
  "thead .n{white-space:normal}.n+td:not(.n),.n+th:not(.n){padding-left:1.25rem}\n"
  ".slim{width:auto;min-width:min(100%,26rem)}\n"
  "tfoot td{border:0;padding-top:0}\n"
  ".whiskers tbody td{padding-top:0;padding-bottom:0}.whiskers tbody th{padding:0}\n"
  ".whiskers{table-layout:fixed;min-width:20rem}.whiskers .field{width:24%;padding-left:1.25rem;padding-right:1rem}\n"
  ".whiskers th:first-child{width:11%;white-space:nowrap}.whiskers .f{width:7.5%}.whiskers .d{width:9.5%}"
  ".whiskers .i{width:17%}.whiskers .p{width:8%}\n"
  ".whiskers thead .field{text-align:center}\n"
  ".whiskers svg{display:block;overflow:visible}\n"
  ".rates .field{width:30%}.rates th span{display:block;color:var(--soft);font-size:.8125rem;font-weight:400}\n"
  ".bars th{font-weight:400;width:100%;padding-top:.25rem;padding-bottom:.375rem;line-height:1.35}\n"
  ".bars .n{vertical-align:top;padding-top:.25rem}\n"
  ".bars .bar{margin-top:.1875rem}\n"
  ".bar{background:var(--rest);border-radius:3px;height:8px;overflow:hidden}\n"
  ".bar i{display:block;height:100%;min-width:1px}\n"
  ".flow{list-style:none;padding:0;margin:0;max-width:none}\n"
  ".flow>li{display:grid;grid-template-columns:13rem 1fr;gap:.25rem 1.25rem;padding:.875rem 0;"
  "border-bottom:1px solid var(--grid)}\n"
  ".flow>li:last-child{border:0}\n"
  ".stage b{display:block;line-height:1.35;font-weight:600}.stage span{color:var(--soft);font-size:.8125rem}\n"
  ".stack{display:flex;gap:2px;height:18px;border-radius:4px;overflow:hidden;margin:.125rem 0 .5rem}\n"
  ".stack i{display:block;min-width:2px}\n"
  ".key,.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.125rem 1.125rem;padding:0;margin:0;font-size:.875rem;"
  "max-width:none}\n"
  ".key i{display:inline-block;width:.625rem;height:.625rem;border-radius:2px;margin-right:.4375rem}\n"
  ".key b{font-variant-numeric:tabular-nums;font-weight:600}\n"
  ".legend{margin:0 0 .5rem}.legend svg{vertical-align:-3px;margin-right:.3125rem;overflow:visible}\n"
  ".t-labels{background:var(--labels)}.t-kept{background:var(--kept)}.t-none{background:var(--none)}"
  ".t-rest{background:var(--rest)}.t-skipped{background:var(--skipped)}.t-failed{background:var(--failed)}"
  ".t-duplicate{background:var(--duplicate)}.t-stopped{background:var(--stopped)}.t-even{background:var(--c0)}\n";

static const char charts[] =
  ".plot{padding:0 .75rem 0 4rem;margin:.5rem 0 1rem}\n"
  ".plot svg{display:block;overflow:visible}\n"
  ".yname{color:var(--soft);font-size:.8125rem;margin:0 0 .5rem -4rem}\n"
  ".xname{color:var(--soft);font-size:.8125rem;text-align:right;margin-top:.25rem}\n"
  "svg text{fill:var(--soft);font-size:12px;font-family:inherit;font-variant-numeric:tabular-nums}\n"
  "svg text.point{fill:var(--ink);font-size:11px;paint-order:stroke;stroke:var(--card);stroke-width:3px}\n"
  ".grid{stroke:var(--grid)}.axis{stroke:var(--line)}.zero{stroke:var(--soft);stroke-width:1.5}\n"
  ".w-yes{stroke:var(--yes);fill:var(--yes)}.w-no{stroke:var(--no);fill:var(--no)}"
  ".w-even{stroke:var(--even);fill:var(--even)}[class^=w-] line{stroke-width:2}[class^=w-] circle{stroke:none}\n"
  ".s0{--c:var(--c0)}.s1{--c:var(--c1)}.s2{--c:var(--c2)}.s3{--c:var(--c3)}.s4{--c:var(--c4)}.s5{--c:var(--c5)}"
  ".s6{--c:var(--c6)}\n"
  ".mark path{fill:var(--c);stroke:var(--card);stroke-width:1.5}\n"
  ".path{stroke:var(--c);stroke-width:2;stroke-linecap:round}.dot{fill:var(--c1)}\n"
  ".month{fill:var(--none)}.month.late{fill:var(--labels)}\n"
  ".best{stroke:var(--c1);stroke-width:2;stroke-linecap:round}\n"
  ".trial path{stroke:var(--c0);fill:var(--card);stroke-width:1.5}\n"
  ".trial.kept path{fill:var(--c1);stroke:var(--c1)}.trial.narrow path{stroke:var(--no);stroke-width:2;fill:none}\n"
  "@media (max-width:62rem){.mid{display:none}.whiskers th:first-child{width:14%}.whiskers .f{width:10%}"
  ".whiskers .d{width:13%}.whiskers .field{width:auto}}\n"
  "@media (max-width:40rem){body{font-size:15px}header{padding-top:1.5rem}header,main,footer{padding-left:.75rem;"
  "padding-right:.75rem}main>section{padding:1.125rem 1rem}h1{font-size:1.5rem}.answer .say{font-size:1.25rem}"
  ".answer~.answer .say{font-size:1.125rem}.wide{display:none}.whiskers th:first-child{width:30%}.whiskers .field{width:auto;padding:0 .75rem}"
  ".whiskers .d{width:21%;overflow-wrap:normal}.whiskers .n{padding-right:0}.narrow{display:block;line-height:1.2;padding-bottom:.25rem;font-size:.8125rem;font-weight:600;color:var(--even)}"
  ".narrow.yes{color:var(--yes)}.narrow.no{color:var(--no)}"
  ".flow>li{grid-template-columns:1fr}.tile b{font-size:1.25rem}.tiles{grid-template-columns:repeat(2,1fr)}"
  "th,td{padding-right:.5rem}.plot{padding-left:3.25rem}.yname{margin-left:-3.25rem}.rates .field{width:24%}}\n"
  "@media print{@page{margin:15mm}:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444}body{font-size:10pt}"
  "nav{display:none}header{padding-top:0}header,main,footer{max-width:none;padding:0}"
  "main>section{border:0;padding:0;margin:0 0 1.5rem}"
  "figure,tr,.plot,.answer,.tile,.flow>li{break-inside:avoid}h2,h3,caption{break-after:avoid}"
  ".scroll{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
  "table{font-size:8.5pt}.mid{display:table-cell}.whiskers .f{width:8%}.whiskers .d{width:9.5%}.whiskers .field{width:24%}"
  ".whiskers th:first-child{width:11%}thead th{font-size:7.5pt}.badge{font-size:7.5pt;padding:0}th,td{padding-right:.5rem}"
  "details::details-content{content-visibility:visible;block-size:auto}summary{color:var(--ink);font-weight:600}}\n";

void
ek_html_style(ek_text *out)
{
  ek_text_cstr(out, "<style>\n");
  ek_text_cstr(out, colours);
  ek_text_cstr(out, text);
  ek_text_cstr(out, boxes);
  ek_text_cstr(out, tables);
  ek_text_cstr(out, charts);
  ek_text_cstr(out, "</style>\n");
}
