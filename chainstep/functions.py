from chainstep.operations.heads import *  # noqa
