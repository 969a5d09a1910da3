"""WordVectors that can be counted, in a module that worker processes can import."""

from skglove import WordVectors


class CountedVectors(WordVectors):
    """WordVectors that write a line to the file `log` for each matrix they make."""

    log = None

    def look_up(self, vocabulary):
        with open(self.log, "a") as log:
            log.write("matrix\n")
        return super().look_up(vocabulary)
