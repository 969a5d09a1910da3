"""Training "conv" in bfloat16 and in float32: what each reaches, and how fast.

Fits with the Keras example's settings on its 20 Newsgroups split, several seeds, the
two in turn. Needs a processor with instructions for bfloat16: on others both are in
float32, and the script says so.

    python benchmarks/precision.py            # some 8 minutes
    python benchmarks/precision.py --quick    # few posts and epochs: does it run?
"""

import argparse
import statistics

from measuring import (
    measure,
    memory_gib,
    print_surroundings,
    skglove_classifier,
    skglove_posts,
)

SEEDS = (0, 1, 2)


def main(args):
    import keras  # noqa: F401
    from tensorflow.config.experimental import enable_tensor_float_32_execution

    from skglove.networks._reduced_precision import training_dtype

    args.epochs = 2 if args.quick else 20
    x_train, y_train, x_val, y_val = skglove_posts(500 if args.quick else None)
    print_surroundings(memory_gib("MemAvailable"))
    print("\n| trained in | seed | validation accuracy, last epochs | loss | time |")
    print("|" + " --- |" * 5)
    for seed in SEEDS[: 1 if args.quick else None]:
        for allowed in (True, False):
            enable_tensor_float_32_execution(allowed)
            clf = skglove_classifier(args).set_params(random_state=seed)
            _, measured = measure(
                lambda clf=clf: clf.fit(x_train, y_train, X_val=x_val, y_val=y_val)
            )
            accuracy = statistics.fmean(clf.history_["val_accuracy"][-5:])
            print(
                f"| {training_dtype('float32')} | {seed} | {accuracy:.4f} | "
                f"{clf.history_['loss'][-1]:.4f} | {measured['seconds']:.1f} s |",
                flush=True,
            )
    if args.quick:
        print("\n! Small data: these figures say nothing.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="500 posts, 2 epochs")
    parser.add_argument(
        "--embeddings", default="glove.6B.50d", help="default: glove.6B.50d"
    )
    main(parser.parse_args())
