using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Crid.Benchmarks;

switch (args)
{
    // For bench/unpack.sh: the archive that is unpacked, and one turn of crid.
    case ["corpus", string file]:
        await File.WriteAllBytesAsync(file, LayerCorpus.Compress("gzip"));
        Console.WriteLine(LayerCorpus.Archive.Length);
        break;
    case ["unpack", string archive, string directory]:
        (double elapsed, double processor) = await UnpackBenchmarks.MeasureAsync(archive, directory);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed / 1000:F3} {processor / 1000:F3}"));
        break;
    default:
        // In this process: a generated project would be built under this repository's rules, which are not meant for it.
        IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).AddColumn(new ThroughputColumn());
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        break;
}
