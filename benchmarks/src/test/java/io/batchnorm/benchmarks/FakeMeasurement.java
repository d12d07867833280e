package io.batchnorm.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Gives in every round the next of its speeds, as many times as there are samples to take, and
 * writes down when it had its turn.
 */
class FakeMeasurement implements Measurement {
  private final String name;
  private final String unit;
  private final List<String> log;
  private final double[] speeds;
  private int rounds;

  /**
   * @param log of all, who are called one after the other
   */
  FakeMeasurement(String name, String unit, List<String> log, double... speeds) {
    this.name = name;
    this.unit = unit;
    this.log = log;
    this.speeds = speeds;
  }

  FakeMeasurement(String name, List<String> log, double... speeds) {
    this(name, "values/s", log, speeds);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String unit() {
    return unit;
  }

  @Override
  public Round round(Effort effort, Turns turns) {
    List<Double> samples = new ArrayList<>();
    try (Turn turn = Turn.at(turns.port())) {
      for (int i = 0; i < effort.samples(); i++) {
        turn.begin();
        log.add(name);
        samples.add(speeds[rounds % speeds.length]);
        turn.end();
      }
    }
    rounds++;
    return Round.of(samples);
  }
}
