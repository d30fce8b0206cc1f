"""What the scenarios of this folder share: a real node and a party of the second implementation that have met."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenario"))

import protocol as p  # noqa: E402,F401
from peer import Error, Party, Peer, Said, TlsKey  # noqa: E402,F401
from support import Nodes, Person, Scenario, nodes, wait_until  # noqa: E402,F401


def meet(test, node, party):
    """Invitations both ways; the node's administrator types the number that the party has computed."""
    peer = know(node)
    introduce(test, node, party)
    code, screen = node.type_into("peer", "verify", party.id, "--method", "in_person", answers=[numbers(peer, party)])
    test.assertEqual(code, nodes.DONE, screen)
    return peer


def know(node):
    return Peer(p.read_invitation(node.run("peer", "invite", "--out", "-")[1]))


def introduce(test, node, party):
    file = test.nodes.folder / f"{party.name}.invitation"
    file.write_text(party.invitation())
    node.run("peer", "accept", file, "--allow-address", "127.0.0.1")


def numbers(peer, party):
    return p.verification_number(peer.descriptor, party.descriptor().value)


def indicator(value):
    at = p.now()
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{p.uuid.uuid4()}", "created": at, "modified": at, "name": value,
            "pattern": f"[domain-name:value = '{value}']", "pattern_type": "stix", "valid_from": at}


def agree(test, node, party, peer, title="Agreement of the test", **terms):
    """Proposed and signed by the party, signed by the persons of the node; the id, once both hold both signatures."""
    document = p.new_document([party.id, peer.party], title, **terms)
    party.deliver(peer, party.agree(document))
    for person in node.signatories:
        nodes.sign(node, document["id"], person)
    signed = pull_until(party, peer, lambda said: said["kind"] == "agreement" and said["body"]["approvals"])
    test.assertEqual(signed["body"]["document"], document)
    test.assertTrue(p.approvals_hold(signed["body"], peer.descriptor))
    wait_until("it is in force", lambda: nodes.agreement_state(node, document["id"]) == "in_force")
    return document["id"]


def pull_until(party, peer, wanted, seconds=30):
    """The next statement of the peer that is wanted; those before it count as read."""

    def next_one():
        party.pull(peer)
        while party.read < len(party.held):
            party.read += 1
            if wanted(party.held[party.read - 1].value):
                return party.held[party.read - 1].value
        return None

    return wait_until("what was wanted comes", next_one, seconds, 0.05)
