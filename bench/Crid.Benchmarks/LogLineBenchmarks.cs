using System.Text;
using BenchmarkDotNet.Attributes;
using Crid.Keeper;

namespace Crid.Benchmarks;

/// <summary>Output of containers as lines of the CRI log, a pipe's worth at a time.</summary>
[MemoryDiagnoser]
public class LogLineBenchmarks
{
    private const int PipeBytes = 64 << 10;
    private const int LongestLine = 16 << 10;
    private readonly byte[] _output = new byte[PipeBytes * 8];
    private byte[] _input = [];

    [Params(20, 120, 4000)]
    public int LineBytes { get; set; }

    [GlobalSetup]
    public void Setup() => _input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', LineBytes) + "\n", PipeBytes / (LineBytes + 1))));

    [Benchmark]
    public int Format()
    {
        LineFormatter formatter = new(OutputKind.Stdout);
        formatter.SetTime(DateTimeOffset.UnixEpoch);
        return formatter.Format(_input, _output, LongestLine, out _);
    }
}
