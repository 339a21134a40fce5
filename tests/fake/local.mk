# SPDX-License-Identifier: BSD-3-Clause
# Services made up for tests, in Python with Debian's botocore. The program and its build never need them.
TESTS += tests/fake/fake.sh
EXTRA_DIST += tests/fake/fake.sh tests/fake/fake-test.py tests/fake/botopath.py tests/fake/control.py tests/fake/events.py tests/fake/fakeaws.py \
  tests/fake/http1.py tests/fake/images.py tests/fake/labels.py tests/fake/models.py tests/fake/personalize.py tests/fake/pictures.py \
  tests/fake/rekognition.py tests/fake/s3.py tests/fake/sigcheck.py tests/fake/model-overlay/personalize/2018-05-22/service-2.sdk-extras.json \
  tests/fake/model-overlay/personalize-events/2018-03-22/service-2.sdk-extras.json
