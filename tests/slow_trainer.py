"""Does its steps slowly, in lines of JSON, and then waits for a file if it is told to.

  slow_trainer.py STEP_S [FILE]

Before its first step is done, it makes a file begun-RANK.
"""

import json
import os
import sys
import time

descriptor = int(os.environ["EVENKEEL_FD"])
for line in open(descriptor, encoding="utf-8", closefd=False):
    message = json.loads(line)
    if "finish" in message:
        break
    if "step" in message:
        open("begun-" + os.environ["RANK"], "w").close()
        time.sleep(float(sys.argv[1]))
        os.write(descriptor, b'{"reached":%d}\n{"done":%d}\n' % (2 * (message["step"],)))
while len(sys.argv) > 2 and not os.path.exists(sys.argv[2]):
    time.sleep(0.05)
