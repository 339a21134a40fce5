/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/xml.h - single values out of the small, flat XML that S3 and STS answer with.
 *
 * No parser: of "<Code>SlowDown</Code>" the text is wanted. In well-formed XML '<' in
 * texts is escaped, so a tag that is found is a tag; where the XML is not well-formed,
 * or the tag stands in a comment, a wrong name of an error is the worst.     */
#ifndef EK_AWS_XML_H
#define EK_AWS_XML_H
#include "base/text.h"

/* Appends the text of the first element of this name, entities resolved. 1, or 0: none. */
int ek_xml_value(ek_str xml, const char *name, ek_text *out);

#endif
