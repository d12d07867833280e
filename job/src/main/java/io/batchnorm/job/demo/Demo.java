package io.batchnorm.job.demo;

import io.batchnorm.core.Moments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/** One bundled data set and how to run over it. All paths are below the folder of the demo. */
public interface Demo {
  /** Its name on the command line. */
  String name();

  /** One line on what the data is and whose. */
  String description();

  /** Names of the channels. */
  List<String> channels();

  /** Values of each channel in one sample. */
  int valuesPerSample();

  /** After which batch every key is frozen. */
  int freezeAfter();

  /**
   * Unpacks the data into {@code folder}.
   *
   * @return moments of the raw data by key
   */
  SortedMap<String, Moments> unpack(Path folder) throws IOException;

  /** Arguments of {@code run} for the input in {@code folder}. */
  List<String> input(String folder);

  /** Arguments of {@code run} for the output into {@code folder}. */
  String output(String folder);

  /** Arguments of {@code run} beyond input and output. */
  List<String> settings();

  /** Moments by key of what the job wrote to {@code folder}. */
  SortedMap<String, Moments> normalized(Path folder) throws IOException;
}
