"""Help texts of invented programs, in the styles of real ones, with every trap those have."""

from __future__ import annotations

from textwrap import dedent

from tutor.clihelp.help import Entry, Option
from tutor.clihelp.parse import parse


def find(text: str, name: str) -> Option:
    return next(option for option in parse(dedent(text)).options if name in option.flags)


def test_clap_short() -> None:
    read = parse(
        dedent(
            """\
            pond 1.2.0
            Keeps frogs in a directory

            Usage: pond [OPTIONS] <PATH> [COMMAND]
                   pond --list

            Commands:
              feed, f   Give every frog a fly
              count     Say how many frogs there are
              help      Print this message

            Arguments:
              <PATH>  The pond

            Options:
              -q, --quiet...         Say less [env: POND_QUIET=]
              -c, --colour <WHEN>    Paint the frogs [default: auto] [possible values: auto, green,
                                     never]
                  --depth[=<N>]      How deep to look
              -h, --help             Print help
            """
        )
    )
    assert read.description == "Keeps frogs in a directory"
    assert read.usage == "pond [OPTIONS] <PATH> [COMMAND]"
    assert read.commands[0] == Entry("feed", "Give every frog a fly", ("f",))
    assert read.positionals == (Entry("<PATH>", "The pond"),)
    quiet, colour, depth, _ = read.options
    assert (quiet.flags, quiet.placeholder, quiet.description) == (("-q", "--quiet"), "", "Say less")
    assert (colour.default, colour.choices) == ("auto", ("auto", "green", "never"))
    assert colour.description == "Paint the frogs"
    assert colour.excerpt.splitlines()[0].startswith("-c, --colour <WHEN>")
    assert depth.placeholder == "[=<N>]"
    assert read.is_complete


def test_clap_long_lists_values_below() -> None:
    option = find(
        """\
        Usage: pond [OPTIONS]

        Options:
              --mood <MOOD>
                  How the frogs feel. This has a second sentence

                  Possible values:
                  - calm: They sit
                  - wild: They jump, `--far` too

                  [default: calm]

              --next
                  Another
        """,
        "--mood",
    )
    assert option.description == "How the frogs feel. This has a second sentence"
    assert option.choices == ("calm", "wild")
    assert option.default == "calm"


def test_wrapped_lines_that_begin_with_a_dash() -> None:
    option = find(
        """\
        usage: pond [-h]

        options:
          --only NAME   Keep one frog. Cannot be used together with
                        --all, or with
                        -x either, nor with well-
                        fed ones.
          -x            Let go
        """,
        "--only",
    )
    assert (
        option.description
        == "Keep one frog. Cannot be used together with --all, or with -x either, nor with well-fed ones."
    )


def test_argparse_subcommands_and_usage_over_lines() -> None:
    read = parse(
        dedent(
            """\
            usage: pond [-h] [--deep]
                        [--wide N] {add,drop} ...

            A pond.

            positional arguments:
              {add,drop}
                add       Add a frog
                drop      Drop a frog
                          into the water

            options:
              -h, --help  show this help message and exit
            """
        )
    )
    assert read.usage == "pond [-h] [--deep] [--wide N] {add,drop} ..."
    assert read.description == "A pond."
    assert read.commands == (Entry("add", "Add a frog"), Entry("drop", "Drop a frog into the water"))


def test_gnu_oddities() -> None:
    text = """\
        Usage: pond [OPTION]... FILE
          or:  pond --empty
        Fill ponds.

        Mandatory arguments to long options are mandatory for short options too.
          -a, --algae, --green       three spellings
          -V,  --vast                two spaces after the comma
              --water=LITRES         at most LITRES (default 20)
          -C                         one letter
              --colour[=WHEN],
              --color[=WHEN]         paint;
                                     WHEN is 'always'
          -j [N], --jobs[=N]         several at once
          --a-left-column-that-is-far-too-long=VALUE then one space
          --                         ends the options

        Exit status:
         0  if wet
        """
    read = parse(dedent(text))
    assert read.usage == "pond [OPTION]... FILE"
    assert read.description == "Fill ponds."
    assert find(text, "--algae").flags == ("-a", "--algae", "--green")
    assert find(text, "--vast").flags == ("-V", "--vast")
    assert (find(text, "--water").placeholder, find(text, "--water").default) == ("LITRES", "20")
    assert find(text, "--color").flags == ("--colour", "--color")
    assert find(text, "--color").description == "paint; WHEN is 'always'"
    assert find(text, "--jobs").placeholder == "[=N]"
    assert find(text, "--a-left-column-that-is-far-too-long").description == "then one space"
    assert len(read.options) == 7
    assert not read.leftover


def test_git() -> None:
    text = """\
        usage: pond fill [-q] [--to <level>]
           or: pond fill --abort

            -q, --[no-]quiet      say nothing
            -u, --until[=<mode>]  stop: low, high. (Default: low)

        More options
            --fix [(a|b):]frog    mend a frog
        """
    assert find(text, "--quiet").flags == ("-q", "--quiet", "--no-quiet")
    assert find(text, "--until").default == "low"
    assert find(text, "--fix").placeholder == "[(a|b):]frog"


def test_kubernetes_style_defaults() -> None:
    text = """\
        Show ponds.

        Options:
            -A, --all=false:
        \tEvery pond.

            --depth=500:
        \tHow deep.
        """
    assert (find(text, "--all").placeholder, find(text, "--all").default) == ("", "false")
    assert (find(text, "--depth").placeholder, find(text, "--depth").default) == ("VALUE", "500")


def test_colon_columns_at_the_margin() -> None:
    text = """\
        usage: pond [option] ... [-c cmd]
        Options (and environment variables):
        -b     : warn about frogs
                 that bite
        -c cmd : run a command
        """
    assert find(text, "-b").description == "warn about frogs that bite"
    assert find(text, "-c").placeholder == "cmd"


def test_prose_about_an_option_is_no_option() -> None:
    read = parse("Usage: pond\n\nOptions:\n  -a  all\n\n--all is the default, see pond(1).\n")
    assert [option.flags for option in read.options] == [("-a",)]


def test_prose_defaults_stay_prose() -> None:
    assert find("Usage: pond\n\nOptions:\n  -a  Print all (default print some)\n", "-a").default == ""


def test_unreadable_option_lines_are_told() -> None:
    read = parse("Usage: pond\n\nOptions:\n  --a((b, c\n")
    assert read.leftover == ("  --a((b, c",)
    assert not read.is_complete
