using Crid.Core;
using Crid.Linux;

namespace Crid.Images.Tests;

public sealed class HostileLayerTests : IDisposable
{
    private static readonly UnpackLimits Limits = new(Bytes: 32 << 20, Entries: 12_000);
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-hostile-").FullName;

    public static TheoryData<string, string> Confined => Combine(HostileLayers.Confined.Keys);

    public static TheoryData<string, string> Refused => Combine(HostileLayers.Refused.Keys);

    public void Dispose() => DirectoryTree.Remove(_directory);

    [Theory]
    [MemberData(nameof(Confined))]
    public async Task UnpackAsync_ArchiveThatReachesOut_StaysInItsDirectory(string name, string codec)
    {
        string passwd = File.ReadAllText("/etc/passwd");

        LayerContent content = await UnpackAsync(HostileLayers.Confined[name], codec);

        Assert.True(content.Inodes > 0);
        AssertConfined();
        Assert.Equal(passwd, File.ReadAllText("/etc/passwd"));
        Assert.False(File.Exists("/etc/crid-escape"));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task UnpackAsync_ArchiveThatCannotBe_IsRefusedWithTheReason(string name, string codec)
    {
        (byte[] archive, string reason) = HostileLayers.Refused[name];

        CridException exception = await Assert.ThrowsAnyAsync<CridException>(() => UnpackAsync(archive, codec));

        Assert.True(exception.Kind is ErrorKind.InvalidArgument or ErrorKind.ResourceExhausted, exception.ToString());
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.True(exception.Message.Length < 700);
        AssertConfined();
    }

    [Fact]
    public async Task UnpackAsync_MutatedArchives_FailAsExpectedOrStayInside()
    {
        byte[][] seeds = [.. HostileLayers.Confined.Where(static seed => seed.Key != "deep-by-links").Select(static seed => seed.Value),
            .. HostileLayers.Refused.Values.Select(static refused => refused.Archive).Where(static archive => archive.Length < 100_000), .. Corpus.Archives()];
        string[] codecs = [.. LayerCodec.Names];
        Mutations mutations = new(seeds);
        for (int i = 0; i < Mutations.Rounds(400); i++)
        {
            byte[] archive = mutations.Next();
            try
            {
                await UnpackAsync(archive, codecs[i % codecs.Length]);
            }
            catch (CridException exception)
            {
                Assert.True(exception.Kind is ErrorKind.InvalidArgument or ErrorKind.ResourceExhausted, $"{Convert.ToBase64String(archive)}\n{exception}");
            }

            AssertConfined();
        }
    }

    [Fact]
    public void ReadNext_MutatedArchives_NeverFailUnexpectedly()
    {
        byte[][] seeds = [.. HostileLayers.Confined.Values, .. HostileLayers.Refused.Values.Select(static refused => refused.Archive).Where(static archive => archive.Length < 100_000), .. Corpus.Archives()];
        Mutations mutations = new(seeds);
        for (int i = 0; i < Mutations.Rounds(5_000); i++)
        {
            byte[] archive = mutations.Next();
            try
            {
                TarReader reader = new(new MemoryStream(archive));
                while (reader.ReadNext() is not null)
                {
                    reader.ReadContent();
                }
            }
            catch (CridException exception)
            {
                Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
            }
        }
    }

    private static TheoryData<string, string> Combine(IEnumerable<string> names)
    {
        TheoryData<string, string> all = [];
        foreach (string name in names)
        {
            foreach (string codec in LayerCodec.Names)
            {
                all.Add(name, codec);
            }
        }

        return all;
    }

    private async Task<LayerContent> UnpackAsync(byte[] archive, string codecName)
    {
        LayerCodec codec = LayerCodec.Get(codecName);
        string directory = $"{_directory}/layer";
        DirectoryTree.Remove(directory);
        Directory.CreateDirectory(directory);
        ParentLayers parents = new();
        parents.Complete([]);
        return await new LayerUnpacker(Limits, codec.Decoders).UnpackAsync(
            new MemoryStream(codec.Compress(archive)), blob: null, directory, parents, static _ => { }, TestContext.Current.CancellationToken);
    }

    private void AssertConfined() => Assert.Equal([$"{_directory}/layer"], Directory.GetFileSystemEntries(_directory));
}
