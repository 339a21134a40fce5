# SPDX-License-Identifier: BSD-3-Clause
"""EK_BOTOCORE_PATH: a folder whose botocore is taken before Debian's. Its models are newer than our overlay, which is left
out then. Imported before botocore."""
import os
import sys

PATH = os.environ.get("EK_BOTOCORE_PATH", "")
if PATH and PATH not in sys.path:
    sys.path.insert(0, PATH)
