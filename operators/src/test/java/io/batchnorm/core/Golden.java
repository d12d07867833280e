package io.batchnorm.core;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** What PyTorch computed, from {@code golden/batchnorm-golden.json}; see the README beside it. */
final class Golden {
  private Golden() {}

  static List<Case> cases() {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/batchnorm-golden.json")) {
      JsonNode root = new ObjectMapper().readTree(Objects.requireNonNull(in));
      return StreamSupport.stream(root.get("cases").spliterator(), false).map(Case::new).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static Case named(String name) {
    return cases().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private static double[] numbers(JsonNode array) {
    if (array == null || array.isNull()) {
      return null;
    }
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode node = array.get(i);
      numbers[i] = node.isTextual() ? Double.parseDouble(node.asText()) : node.doubleValue();
    }
    return numbers;
  }

  static float[] narrowed(double[] values) {
    if (values == null) {
      return null;
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** A module and the calls on it. */
  record Case(JsonNode json) {
    String name() {
      return json.get("name").asText();
    }

    String dtype() {
      return json.get("dtype").asText();
    }

    boolean tracks() {
      return json.get("track_running_stats").booleanValue();
    }

    InputRank inputRank() {
      return switch (json.get("class").asText()) {
        case "BatchNorm1d" -> InputRank.ONE_D;
        case "BatchNorm2d" -> InputRank.TWO_D;
        case "BatchNorm3d" -> InputRank.THREE_D;
        default -> throw new AssertionError(json.get("class"));
      };
    }

    double eps() {
      return json.get("eps").doubleValue();
    }

    /** The module's settings, with PyTorch's silence instead of this project's rejections. */
    BatchNormConfig config() {
      return config(NonFinite.PROPAGATE);
    }

    BatchNormConfig config(NonFinite nonFinite) {
      JsonNode momentum = json.get("momentum");
      return BatchNormConfig.builder()
          .eps(eps())
          .averaging(
              momentum.isNull()
                  ? Averaging.cumulative()
                  : Averaging.exponential(momentum.doubleValue()))
          .affine(json.get("affine").booleanValue())
          .trackRunningStatistics(tracks())
          .nonFinite(nonFinite)
          .unknownKey(UnknownKey.INITIAL)
          .build();
    }

    RunningStatistics initialStatistics() {
      float[] weight = narrowed(numbers(json.get("weight")));
      Affine affine =
          weight == null ? null : Affine.of(weight, narrowed(numbers(json.get("bias"))));
      State state = new State(json.get("initial_state"));
      if (!tracks()) {
        return RunningStatistics.initial(json.get("num_features").intValue()).withAffine(affine);
      }
      return RunningStatistics.of(state.batches(), 0, state.mean(), state.var()).withAffine(affine);
    }

    List<Step> steps() {
      List<Step> steps = new ArrayList<>();
      json.get("steps").forEach(step -> steps.add(new Step(step)));
      return steps;
    }

    @Override
    public String toString() {
      return name();
    }
  }

  /** One call. */
  record Step(JsonNode json) {
    boolean trains() {
      return json.get("mode").asText().equals("train");
    }

    FeatureMap x() {
      JsonNode sizes = json.get("shape");
      int[] shape = new int[sizes.size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = sizes.get(i).intValue();
      }
      return FeatureMap.of(narrowed(numbers(json.get("x"))), shape);
    }

    boolean raises() {
      return json.has("error");
    }

    double[] y() {
      return numbers(json.get("y"));
    }

    State state() {
      return new State(json.get("state"));
    }

    /** Whether a float64 reference was computed; it raises where PyTorch does. */
    boolean hasReference() {
      return json.path("ref64").has("y");
    }

    double[] referenceY() {
      return numbers(json.get("ref64").get("y"));
    }

    State referenceState() {
      return new State(json.get("ref64"));
    }
  }

  /** Buffers of a module. */
  record State(JsonNode json) {
    double[] mean() {
      return numbers(json.get("running_mean"));
    }

    double[] var() {
      return numbers(json.get("running_var"));
    }

    long batches() {
      return json.get("num_batches_tracked").longValue();
    }
  }
}
