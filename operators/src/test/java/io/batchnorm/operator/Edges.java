package io.batchnorm.operator;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.NonChainedOutput;
import org.apache.flink.streaming.api.graph.StreamConfig;

/** What crosses the network of a job: one entry for each edge that is not chained. */
record Edges(List<String> chains, List<Class<?>> serializers) {

  static Edges of(StreamExecutionEnvironment env) {
    ClassLoader loader = Edges.class.getClassLoader();
    List<String> chains = new ArrayList<>();
    List<Class<?>> serializers = new ArrayList<>();
    for (JobVertex vertex :
        env.getStreamGraph(false).getJobGraph().getVerticesSortedTopologicallyFromSources()) {
      chains.add(vertex.getName());
      StreamConfig head = new StreamConfig(vertex.getConfiguration());
      for (StreamConfig operator : head.getTransitiveChainedTaskConfigsWithSelf(loader).values()) {
        for (NonChainedOutput edge : operator.getOperatorNonChainedOutputs(loader)) {
          TypeSerializer<?> serializer =
              edge.getOutputTag() == null
                  ? operator.getTypeSerializerOut(loader)
                  : operator.getTypeSerializerSideOut(edge.getOutputTag(), loader);
          serializers.add(serializer.getClass());
        }
      }
    }
    return new Edges(chains, serializers);
  }
}
