package io.batchnorm.job;

import picocli.CommandLine.Command;

/** {@code batchnorm statistics}: what was learned, in files. */
@Command(
    name = "statistics",
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    synopsisSubcommandLabel = "COMMAND",
    description = "Shows, compares and merges statistics in safetensors files.",
    subcommands = {ShowCommand.class, DiffCommand.class, MergeCommand.class})
final class StatisticsCommand {}
