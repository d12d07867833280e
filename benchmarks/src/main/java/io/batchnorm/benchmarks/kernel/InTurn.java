package io.batchnorm.benchmarks.kernel;

import io.batchnorm.benchmarks.Turn;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A benchmark whose iterations wait for those of the other side of the row. */
@State(Scope.Thread)
public abstract class InTurn {
  private Turn turn;

  @Setup(Level.Trial)
  public void takePart() {
    turn = Turn.ofThisJvm();
  }

  @Setup(Level.Iteration)
  public void begin() {
    turn.begin();
  }

  @TearDown(Level.Iteration)
  public void end() {
    turn.end();
  }

  @TearDown(Level.Trial)
  public void leave() {
    turn.close();
  }
}
