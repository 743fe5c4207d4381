"""Stands between the program and a server, and does something at one of the program's messages."""

import socket
import threading

PATIENCE_S = 2  # for an answer to what need not be one message


class Proxy:
    """Relays one connection after the other; cuts the first at the message for which `is_due` is true.

    The server is a pair of host and port, or the path of a Unix socket. `act` is called at the cut: before the
    server has the message, with `forward` when it has just got it, with `after` when it has answered it, but nobody has
    got the answer.
    """

    def __init__(self, target, is_due, after=False, forward=False, act=lambda: None):
        self.target = target
        self.forward = forward
        self.act = act
        self.acted = threading.Event()
        self.is_due = is_due
        self.after = after
        self.has_cut = False
        self.messages = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = self.reach()
            if server is None:
                client.close()
                continue
            is_cut, answered = threading.Event(), threading.Event()
            for relay in (self.to_server, self.to_client):
                threading.Thread(target=relay, args=(client, server, is_cut, answered), daemon=True).start()

    def reach(self):
        is_path = not isinstance(self.target, tuple)
        server = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        try:
            server.connect(str(self.target) if is_path else self.target)
        except OSError:  # it is not there any more
            server.close()
            return None
        return server

    def to_server(self, client, server, is_cut, answered):
        try:
            while data := client.recv(1 << 16):
                self.messages += 1
                if not self.has_cut and self.is_due(self.messages, data):
                    self.has_cut = True
                    if self.after:
                        is_cut.set()
                        server.sendall(data)
                        answered.wait(PATIENCE_S)
                    elif self.forward:
                        server.sendall(data)
                    self.act()
                    self.acted.set()
                    break
                server.sendall(data)
        except OSError:
            pass
        self.close(client, server)

    def to_client(self, client, server, is_cut, answered):
        try:
            while data := server.recv(1 << 16, socket.MSG_PEEK):
                if is_cut.is_set():
                    break  # nobody gets it
                data = server.recv(len(data))
                client.sendall(data)
        except OSError:
            pass
        answered.set()
        if is_cut.is_set():
            return  # the other thread closes
        self.close(client, server)

    @staticmethod
    def close(*sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
