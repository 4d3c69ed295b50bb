/// A client that has every frame of HTTP/2 in its hand, on Python's `h2`.
enum HTTP2Conversation {
    /// What each script begins with. `client` is connected; `arguments` are the script's own.
    static let prelude = #"""
        import socket, ssl, sys
        from base64 import b64encode
        import h2.config, h2.connection, h2.errors, h2.events

        # RFC 9113 §6.8: the streams that are there go on. h2 takes GOAWAY for the end.
        state = h2.connection.ConnectionState.CLIENT_OPEN
        h2.connection.H2ConnectionStateMachine._transitions[
            (state, h2.connection.ConnectionInputs.RECV_GOAWAY)] = (None, state)

        class Client:
            def __init__(self, port, trusted, password):
                context = ssl.create_default_context(cafile=trusted)
                context.set_alpn_protocols(["h2"])
                plain = socket.create_connection(("127.0.0.1", int(port)), timeout=60)
                self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
                assert self.socket.selected_alpn_protocol() == "h2"
                self.authority = "127.0.0.1:" + port
                self.login = "Basic " + b64encode(("admin:" + password).encode()).decode()
                self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False))
                self.h2.initiate_connection()
                self.events, self.isOver = [], False
                self.flush()

            def flush(self):
                self.socket.sendall(self.h2.data_to_send())

            def request(self, method, path, fields={}, end=False):
                stream = self.h2.get_next_available_stream_id()
                head = [(":method", method), (":scheme", "http"), (":authority", self.authority), (":path", path),
                        ("authorization", self.login)]
                self.h2.send_headers(stream, head + [(n.lower(), v) for n, v in fields.items()], end_stream=end)
                self.flush()
                return stream

            def patch(self, upload, offset, fields={}, end=False):
                return self.request("PATCH", upload, {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset),
                    "Content-Type": "application/offset+octet-stream", **fields}, end)

            def send(self, stream, data, end=False):
                while data:
                    room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
                    if room == 0:
                        self.receive()
                        continue
                    self.h2.send_data(stream, data[:room])
                    data = data[room:]
                    self.flush()
                if end:
                    self.h2.end_stream(stream)
                    self.flush()

            # Ends the connection, without a word of TLS, behind all that was sent: a mere close() throws away what is
            # still on its way if something from the server was not read.
            def cut(self):
                self.socket.shutdown(socket.SHUT_WR)
                while self.socket.recv(65536): pass

            # Takes in what the server sends next.
            def receive(self):
                data = self.socket.recv(65536)
                self.isOver = not data
                for event in self.h2.receive_data(data) if data else []:
                    self.events.append(event)
                    if isinstance(event, h2.events.DataReceived):
                        self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self.flush()
                return bool(data)

            # The first event of a kind, on a stream if one is named; waits for it.
            def until(self, kind, stream=None):
                while True:
                    for event in self.events:
                        if isinstance(event, kind) and stream in (None, getattr(event, "stream_id", None)):
                            self.events.remove(event)
                            return event
                    assert self.receive(), f"the connection ended before {kind.__name__}: {self.events}"

            def response(self, stream):
                fields = {n.decode(): v.decode() for n, v in self.until(h2.events.ResponseReceived, stream).headers}
                self.until(h2.events.StreamEnded, stream)
                return fields

        client, arguments = Client(*sys.argv[1:4]), sys.argv[4:]

        """#
}
