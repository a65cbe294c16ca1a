"""Values that cross between Python and a VM, by copy.  Pure.

The other side is edge/runtime/vm/{writer,reader}.js; edge/runtime/vm/crossing.js describes the text in between.
"""
