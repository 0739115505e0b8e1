"""Uploads to an S3 server: just enough of Signature Version 4, by the standard library."""

import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import mimetypes
import urllib.parse

CONNECTIONS = 4


def signature(secret, date, region, text):
    key = f"AWS4{secret}".encode()
    for part in (date, region, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


class ObjectStore:
    def __init__(self, endpoint, access_key, secret_key, region="us-east-1"):
        self.url = urllib.parse.urlsplit(endpoint)
        self.access_key, self.secret_key, self.region = access_key, secret_key, region

    def put(self, path, body=b"", headers=None):
        """path: /bucket or /bucket/key, not yet percent-encoded. -> status"""
        path = urllib.parse.quote(path)
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        signed = {"host": self.url.netloc, "x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "x-amz-date": moment}
        names = ";".join(sorted(signed))
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = f"PUT\n{path}\n\n{lines}\n{names}\n{signed['x-amz-content-sha256']}"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={signature(self.secret_key, moment[:8], self.region, text)}"
        )
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.url.netloc, timeout=60)
        try:
            connection.request("PUT", path, body, {**signed, **(headers or {}), "Authorization": authorization})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def make_bucket(self, bucket):
        status = self.put(f"/{bucket}")
        if status not in (200, 409):  # 409: it is there already
            raise RuntimeError(f"bucket {bucket} cannot be made: {status}")

    def upload(self, bucket, folder, keys):
        """Files folder/key to bucket/key. -> bytes sent"""

        def send(key):
            body = (folder / key).read_bytes()
            content_type = mimetypes.guess_type(key)[0] or "application/octet-stream"
            status = self.put(f"/{bucket}/{key}", body, {"Content-Type": content_type})
            if status != 200:
                raise RuntimeError(f"{key} cannot be stored: {status}")
            return len(body)

        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            return sum(pool.map(send, keys))
