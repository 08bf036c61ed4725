"""Reads the stream's frames from standard input, as PROTOCOL.md describes them; tests only."""

import json
import struct
import sys


class Reader:
    def __init__(self, payload):
        self.payload, self.at = payload, 0

    def take(self, count):
        taken = self.payload[self.at : self.at + count]
        assert len(taken) == count, "the payload is too short"
        self.at += count
        return taken

    def integer(self):
        first = self.take(1)[0]
        if first < 251:
            return first
        size = {251: 2, 252: 4, 253: 8}[first]
        return int.from_bytes(self.take(size), "little")

    def bytes(self):
        return self.take(self.integer()).decode("latin-1")

    def optional(self, read):
        return read() if self.take(1)[0] else None

    def list(self, read):
        return [read() for _ in range(self.integer())]

    def lane(self):
        return ["findings", "telemetry"][self.integer()]

    def hello(self):
        assert self.take(8) == b"PHSTREAM"
        versions = [self.integer(), self.integer()]
        agent = self.take(16).hex()
        return versions + [agent, self.integer(), self.integer()] + [self.bytes() for _ in range(5)]

    def acknowledged(self):
        return [self.integer(), self.lane(), self.integer()]

    def welcome(self):
        return [self.integer(), self.list(self.acknowledged)]

    def loss(self):
        cause = lambda: ["evicted", "damaged", "overrun", "unwritten"][self.integer()]
        return [self.lane(), cause(), self.optional(self.integer), self.optional(self.integer),
                self.integer(), self.bytes()]

    def item(self):
        time, kind = self.integer(), self.integer()
        return [time, [self.bytes, self.bytes, self.loss][kind]()]

    def batch(self):
        return [self.integer(), self.lane(), self.integer(), self.list(self.item)]

    def heartbeat(self):
        return [self.integer() for _ in range(6)]

    def pattern(self):
        return self.take(16).decode("latin-1")

    def ask(self):
        return self.list(self.pattern)

    def known(self):
        answer = lambda: [self.pattern(), self.integer(), self.integer()]
        return [self.integer(), self.integer(), self.list(answer)]

    def bye(self):
        return [self.integer(), self.bytes()]


def frames(stream):
    while header := stream.read(4):
        payload = stream.read(struct.unpack("<I", header)[0])
        reader = Reader(payload)
        kinds = ["hello", "welcome", "batch", "acknowledged", "heartbeat", "bye",
                 "ask", "known"]
        kind = kinds[reader.integer()]
        yield kind, getattr(reader, kind)()
        assert reader.at == len(payload) or kind == "hello", "bytes after the end"


for kind, told in frames(sys.stdin.buffer):
    print(kind, json.dumps(told))
