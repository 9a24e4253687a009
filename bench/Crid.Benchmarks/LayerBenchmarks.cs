using System.Formats.Tar;
using System.IO.Compression;
using BenchmarkDotNet.Attributes;
using Crid.Images;

namespace Crid.Benchmarks;

/// <summary>Layers from memory: parsing alone, inflating and parsing, and the whole way to files in a fresh directory.</summary>
[MemoryDiagnoser]
public class LayerBenchmarks
{
    private readonly string _root = Directory.CreateTempSubdirectory("crid-bench-").FullName;
    private byte[] _archive = [];
    private byte[] _compressed = [];
    private int _count;

    [Params("2000 x 2 KiB", "20 x 1 MiB")]
    public string Content { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        (int files, int fileBytes) = Content.StartsWith("2000", StringComparison.Ordinal) ? (2000, 2 << 10) : (20, 1 << 20);
        byte[] content = new byte[fileBytes];
        Random random = new(1);
        for (int i = 0; i < content.Length; i++)
        {
            content[i] = (byte)random.Next(16);
        }

        using MemoryStream archive = new();
        using (System.Formats.Tar.TarWriter writer = new(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            for (int i = 0; i < files; i++)
            {
                writer.WriteEntry(new PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, $"usr/share/d{i % 50}/file{i}") { DataStream = new MemoryStream(content) });
            }
        }

        _archive = archive.ToArray();
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(_archive);
        }

        _compressed = compressed.ToArray();
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_root, recursive: true);

    [Benchmark]
    public int Parse() => Read(new MemoryStream(_archive));

    [Benchmark]
    public int InflateAndParse()
    {
        using GZipStream gzip = new(new MemoryStream(_compressed), CompressionMode.Decompress);
        return Read(gzip);
    }

    /// <summary>Every time into a new directory: deleting and making the same files costs more than either.</summary>
    [Benchmark]
    public async Task<long> Unpack()
    {
        string directory = Directory.CreateDirectory($"{_root}/{_count++}").FullName;
        ParentLayers parents = new();
        parents.Complete([]);
        LayerContent content = await new LayerUnpacker(new UnpackLimits(), LayerDecoders.Fastest).UnpackAsync(
            new MemoryStream(_compressed), blob: null, directory, parents, static _ => { }, CancellationToken.None);
        return content.Bytes;
    }

    private static int Read(Stream stream)
    {
        Images.TarReader reader = new(stream);
        int bytes = 0;
        while (reader.ReadNext() is not null)
        {
            ReadOnlySpan<byte> content;
            while (!(content = reader.ReadContent()).IsEmpty)
            {
                bytes += content.Length;
            }
        }

        return bytes;
    }
}
