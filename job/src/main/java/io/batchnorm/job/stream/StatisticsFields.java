package io.batchnorm.job.stream;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyStatistics;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of a JSON object of statistics, read one token after the other: nothing is built but
 * arrays of numbers, so memory stays in proportion to the text, and nesting costs nothing.
 */
final class StatisticsFields {
  private static final Set<String> OF_COMMAND =
      Set.of("running_mean", "running_var", "num_batches_tracked", "count", "weight", "bias");
  private static final Set<String> OF_LINE = union(OF_COMMAND, "key", "frozen", "reset");
  private static final int MAX_SHOWN = 60;
  private static final int MAX_SHOWN_KEY = 1000;

  private final Set<String> known;
  private String key;
  private boolean frozen;
  private boolean reset;
  private Long batches;
  private Long count;
  private double[] mean;
  private double[] var;
  private float[] weight;
  private float[] bias;

  private StatisticsFields(Set<String> known) {
    this.known = known;
  }

  /** Those of a line of the stream. */
  static StatisticsFields ofLine() {
    return new StatisticsFields(OF_LINE);
  }

  /** Those of a command that loads them. */
  static StatisticsFields ofCommand() {
    return new StatisticsFields(OF_COMMAND);
  }

  private static Set<String> union(Set<String> some, String... others) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(Arrays.asList(others));
    return all;
  }

  /** The key, or its start if it is very long; empty as long as none was read. */
  String key() {
    return key == null ? "" : key.substring(0, Math.min(key.length(), MAX_SHOWN_KEY));
  }

  /**
   * Reads the one object there is.
   *
   * @throws IOException if the text is none
   */
  void readAlone(JsonParser json) throws IOException, MalformedStatisticsException {
    json.nextToken();
    read(json);
    if (json.nextToken() != null) {
      throw malformed("%s comes behind it, wanted one JSON object".formatted(shown(json)));
    }
  }

  private void read(JsonParser json) throws IOException, MalformedStatisticsException {
    if (!json.isExpectedStartObjectToken()) {
      throw malformed("it is %s, wanted a JSON object".formatted(shown(json)));
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (!known.contains(name)) {
        throw malformed(
            "%s is no field of statistics, wanted %s"
                .formatted(quoted(name), String.join(", ", new TreeSet<>(known))));
      }
      json.nextToken();
      readField(name, json);
    }
  }

  private void readField(String name, JsonParser json)
      throws IOException, MalformedStatisticsException {
    switch (name) {
      case "key" -> key = text(name, json);
      case "frozen" -> frozen = bool(name, json);
      case "reset" -> reset = bool(name, json);
      case "num_batches_tracked" -> batches = whole(name, json);
      case "count" -> count = whole(name, json);
      case "running_mean" -> mean = numbers(name, json, Element.FINITE);
      case "running_var" -> var = numbers(name, json, Element.VARIANCE);
      case "weight" -> weight = narrowed(numbers(name, json, Element.FLOAT32));
      case "bias" -> bias = narrowed(numbers(name, json, Element.FLOAT32));
      default -> throw new IllegalStateException(name);
    }
  }

  /** What a line says. */
  KeyStatistics statisticsOfKey() throws MalformedStatisticsException {
    if (key == null) {
      throw malformed("\"key\" is missing, wanted the name of a key");
    }
    if (key.isEmpty() || key.equals(Directive.ALL_KEYS)) {
      throw malformed("\"key\" is %s, wanted the name of one key".formatted(quoted(key)));
    }
    return reset && isEmpty()
        ? KeyStatistics.forgotten(key, frozen)
        : new KeyStatistics(key, statistics(), frozen, reset);
  }

  private boolean isEmpty() {
    return mean == null
        && var == null
        && batches == null
        && count == null
        && weight == null
        && bias == null;
  }

  /** The statistics themselves. */
  RunningStatistics statistics() throws MalformedStatisticsException {
    checkThere(mean, "running_mean", "an array of numbers");
    checkThere(var, "running_var", "an array of numbers");
    checkThere(batches, "num_batches_tracked", "a whole number of 0 or more");
    try {
      RunningStatistics statistics =
          RunningStatistics.of(
              batches, count == null ? RunningStatistics.UNKNOWN_COUNT : count, mean, var);
      return weight == null && bias == null
          ? statistics
          : statistics.withAffine(Affine.of(weight, bias));
    } catch (IllegalArgumentException e) {
      throw malformed(e.getMessage());
    }
  }

  private void checkThere(Object value, String name, String wanted)
      throws MalformedStatisticsException {
    if (value == null) {
      throw malformed("\"%s\" is missing, wanted %s".formatted(name, wanted));
    }
  }

  private String text(String name, JsonParser json)
      throws IOException, MalformedStatisticsException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw unwanted(name, json, "the name of a key");
    }
    return json.getText();
  }

  private boolean bool(String name, JsonParser json)
      throws IOException, MalformedStatisticsException {
    if (!json.currentToken().isBoolean()) {
      throw unwanted(name, json, "true or false");
    }
    return json.getBooleanValue();
  }

  private long whole(String name, JsonParser json)
      throws IOException, MalformedStatisticsException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
        || json.getNumberType() == NumberType.BIG_INTEGER
        || json.getLongValue() < 0) {
      throw unwanted(name, json, "a whole number of 0 or more");
    }
    return json.getLongValue();
  }

  /** What an array holds. */
  private enum Element {
    FINITE("numbers"),
    VARIANCE("numbers"),
    FLOAT32("numbers that float32 has");

    private final String wanted;

    Element(String wanted) {
      this.wanted = wanted;
    }

    /** The number, or NaN if there is none that could be used. */
    double read(JsonParser json) throws IOException {
      if (this == VARIANCE
          && json.currentToken() == JsonToken.VALUE_STRING
          && json.getText().equals("Infinity")) {
        return Double.POSITIVE_INFINITY;
      }
      if (!json.currentToken().isNumeric()) {
        return Double.NaN;
      }
      double value = this == FLOAT32 ? json.getFloatValue() : json.getDoubleValue();
      return Double.isFinite(value) ? value : Double.NaN;
    }
  }

  private double[] numbers(String name, JsonParser json, Element element)
      throws IOException, MalformedStatisticsException {
    if (!json.isExpectedStartArrayToken()) {
      throw unwanted(name, json, "an array of numbers");
    }
    double[] values = new double[8];
    int size = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      double value = element.read(json);
      if (Double.isNaN(value)) {
        throw malformed("\"%s\" holds %s, wanted %s".formatted(name, shown(json), element.wanted));
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, size + size / 2);
      }
      values[size++] = value;
    }
    if (size == 0) {
      throw malformed("\"%s\" is [], wanted an array of numbers".formatted(name));
    }
    return Arrays.copyOf(values, size);
  }

  private static float[] narrowed(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private MalformedStatisticsException unwanted(String name, JsonParser json, String wanted)
      throws IOException {
    return malformed("\"%s\" is %s, wanted %s".formatted(name, shown(json), wanted));
  }

  private MalformedStatisticsException malformed(String message) {
    return new MalformedStatisticsException(key(), message);
  }

  private static String shown(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    if (token == null) {
      return "empty";
    }
    return switch (token) {
      case START_ARRAY -> "an array";
      case START_OBJECT -> "an object";
      case VALUE_STRING -> quoted(json.getText());
      default -> shortened(json.getText());
    };
  }

  private static String quoted(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(shortened(text))) + "\"";
  }

  private static String shortened(String text) {
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
  }
}
