using BenchmarkDotNet.Attributes;
using Crid.Core;
using Crid.Images;

namespace Crid.Benchmarks;

/// <summary>A layer from memory to files: verified, inflated, parsed, written. Nothing is synced.</summary>
[MemoryDiagnoser]
public class UnpackBenchmarks
{
    private readonly string _root = Directory.CreateTempSubdirectory("crid-bench-").FullName;
    private byte[] _compressed = [];
    private BlobDigest _digest;
    private int _count;

    [Params("gzip", "zstd", "")]
    public string Compression { get; set; } = "";

    /// <summary>Unpacks an archive, once to warm up and then with the clock running, each time into a new directory.</summary>
    /// <returns>Milliseconds, and milliseconds of processor time.</returns>
    public static async Task<(double Elapsed, double Processor)> MeasureAsync(string archive, string directory)
    {
        byte[] blob = await File.ReadAllBytesAsync(archive);
        await UnpackAsync(blob, BlobDigest.Of(blob), $"{directory}/warm");
        Environment.ProcessCpuUsage before = Environment.CpuUsage;
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        await UnpackAsync(blob, BlobDigest.Of(blob), $"{directory}/measured");
        double elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return (elapsed, (Environment.CpuUsage.TotalTime - before.TotalTime).TotalMilliseconds);
    }

    [GlobalSetup]
    public void Setup()
    {
        _compressed = LayerCorpus.Compress(Compression);
        _digest = BlobDigest.Of(_compressed);
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_root, recursive: true);

    /// <summary>Every time into a new directory: deleting and making the same files costs more than either.</summary>
    [Benchmark]
    public Task<long> Unpack() => UnpackAsync(_compressed, _digest, $"{_root}/{_count++}");

    private static async Task<long> UnpackAsync(byte[] blob, BlobDigest digest, string directory)
    {
        Directory.CreateDirectory(directory);
        ParentLayers parents = new();
        parents.Complete([]);
        LayerContent content = await new LayerUnpacker(new UnpackLimits(), LayerDecoders.Fastest).UnpackAsync(
            new MemoryStream(blob), digest, directory, parents, static _ => { }, CancellationToken.None);
        return content.Bytes;
    }
}
