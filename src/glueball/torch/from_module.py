class TorchBlock: pass
def from_module(x): pass
