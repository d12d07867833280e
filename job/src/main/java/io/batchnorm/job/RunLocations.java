package io.batchnorm.job;

import java.util.List;

/**
 * Everything that {@code run} reads and writes by a URI. Null for what was not given, or is none.
 */
record RunLocations(
    Location input,
    Location output,
    Location rejected,
    Location statisticsStream,
    Location statisticsFrom,
    Location control) {
  private static final String TOPIC = "kafka:TOPIC";
  private static final List<String> INPUTS = List.of("npy:DIR", "images:DIR", "csv:FILE", TOPIC);
  private static final List<String> OUTPUTS = List.of("npy:DIR", "jsonl:DIR", TOPIC, Location.NONE);
  private static final List<String> FOLDERS = List.of("jsonl:DIR", TOPIC);
  private static final List<String> FILES = List.of("jsonl:FILE", TOPIC);

  /**
   * Parses those that were given.
   *
   * @param faults to which the faults are added
   */
  static RunLocations of(RunCommand given, List<String> faults) {
    return new RunLocations(
        required("--input", given.input, INPUTS, faults),
        required("--output", given.output, OUTPUTS, faults),
        optional("--rejected", given.rejected, FOLDERS, faults),
        optional("--statistics-stream", given.statisticsStream, FOLDERS, faults),
        optional("--statistics-from", given.statisticsFrom, FILES, faults),
        optional("--control", given.control, FILES, faults));
  }

  private static Location required(
      String option, String text, List<String> forms, List<String> faults) {
    if (text == null) {
      faults.add("%s is missing, wanted %s".formatted(option, String.join(" or ", forms)));
    }
    return optional(option, text, forms, faults);
  }

  private static Location optional(
      String option, String text, List<String> forms, List<String> faults) {
    return text == null ? null : Location.parse(option, text, forms, faults).orElse(null);
  }

  /** The topics among them. */
  List<TopicUse> topics() {
    return new TopicUse.Collector()
        .add(TopicUse.Role.INPUT, input)
        .add(TopicUse.Role.OUTPUT, output)
        .add(TopicUse.Role.REJECTED, rejected)
        .add(TopicUse.Role.STATISTICS, statisticsStream)
        .add(TopicUse.Role.FOLLOWED, statisticsFrom)
        .add(TopicUse.Role.CONTROL, control)
        .uses();
  }

  /** Whether the input has an end by itself. */
  boolean readsFiles() {
    return input != null && !input.isTopic();
  }
}
