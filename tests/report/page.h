/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/report/page.h - a strict reader of report.html: what it does not know is a
 * fault, so that nothing comes in through data.                             */
#ifndef EK_TESTS_REPORT_PAGE_H
#define EK_TESTS_REPORT_PAGE_H

/* NULL when the page is well-formed, uses only elements and attributes that it is
 * meant to, asks for nothing from elsewhere and points only at ids that it has;
 * else what is wrong, and where.                                            */
const char *page_fault(const char *html);
/* Where text stands outside of tags; NULL: nowhere.                         */
const char *page_text(const char *html, const char *text);
/* How often. */
unsigned page_count(const char *html, const char *text);

#endif
