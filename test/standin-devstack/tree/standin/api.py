"""The controller's daemon: computes register here with SERVICE_PASSWORD, the command line asks with ADMIN_PASSWORD."""
import hmac
import http.server
import json
import ssl
import sys

import database
import guests
import settings

CERTIFICATE = "/opt/stack/data/devstack-cert.pem"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def is_allowed(self, option):
        # Read again each time: a second stack.sh may have written other passwords, and does not restart this.
        expected = settings.read()["service_user"][option]
        return hmac.compare_digest(self.headers.get("X-Password", "").encode(), expected.encode())

    def refuse(self):
        self.answer(401, {"error": {"code": 401, "message": "The request you have made requires authentication."}})

    def do_GET(self):
        if self.path == "/":
            return self.answer(200, {"versions": [{"id": "v2.1", "status": "CURRENT"}]})
        if not self.is_allowed("admin_password"):
            return self.refuse()
        return self.answer(200, {
            "services": database.rows(f"SELECT * FROM service WHERE {database.IS_HEARD.format('service')} ORDER BY rowid"),
            "hypervisors": database.rows(f"SELECT * FROM hypervisor WHERE {database.IS_HEARD.format('hypervisor')} ORDER BY rowid"),
            "agents": database.rows("SELECT * FROM agent ORDER BY rowid"),
            "servers": database.rows("SELECT id, name, status, host FROM server ORDER BY rowid"),
            "ports": database.rows("SELECT id, name FROM port ORDER BY rowid"),
            "volume_services": database.rows("SELECT * FROM volume_service ORDER BY rowid"),
            "volumes": database.rows("SELECT id, name FROM volume ORDER BY rowid"),
            "floating_ips": database.rows("SELECT id, name FROM floating_ip ORDER BY rowid"),
            "security_groups": database.rows("SELECT id, name FROM security_group ORDER BY rowid"),
        })

    def take_report(self, is_new):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        if not self.is_allowed("password"):
            return self.refuse()
        try:
            return self.answer(200, {"touched": database.register(body, is_new)})
        except database.DuplicateRecord as error:
            return self.answer(409, {"error": {"code": 409, "message": str(error)}})

    def take_wish(self):
        wish = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        if not self.is_allowed("admin_password"):
            return self.refuse()
        try:
            return self.answer(200, guests.act(wish))
        except guests.Refused as error:
            return self.answer(error.status, {"error": {"code": error.status, "message": str(error)}})

    def do_POST(self):
        if self.path == "/guests":
            return self.take_wish()
        return self.take_report(True)

    def do_PUT(self):
        self.take_report(False)


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler)
    if sys.argv[2] == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        # Greeted by the thread that serves it: a client that says nothing must not keep others waiting.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()
