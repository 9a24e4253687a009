using BenchmarkDotNet.Attributes;
using Crid.Core;

namespace Crid.Benchmarks;

/// <summary>Parsing of image names.</summary>
[MemoryDiagnoser]
public class ReferenceBenchmarks
{
    [Params("busybox", "registry.example.com:5000/team/app:1.2.3", "registry.k8s.io/pause@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097")]
    public string Text { get; set; } = "";

    [Benchmark]
    public string Parse() => ImageReference.Parse(Text).Repository;
}
