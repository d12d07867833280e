package io.batchnorm.job;

import picocli.CommandLine.Command;

/** {@code batchnorm statistics}: what was learned, in files and savepoints. */
@Command(
    name = "statistics",
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Shows, compares and merges what was learned, in safetensors files and savepoints of Flink,"
            + " and takes it from one to the other.",
    subcommands = {
      ShowCommand.class,
      DiffCommand.class,
      MergeCommand.class,
      ExportCommand.class,
      ImportCommand.class
    })
final class StatisticsCommand {}
