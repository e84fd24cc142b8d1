import pickle

from ingest.sources import sources


def test_every_declaration_crosses_processes():
    for source in sources():
        assert pickle.loads(pickle.dumps(source)) == source
