using System.Text;
using Crid.Core;
using CsCheck;

namespace Crid.Oci.Tests;

public class ImageDocumentsTests
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";

    [Theory]
    [InlineData("""{"schemaVersion":2,"layers":[],"config":{}}""", ManifestType, false)]
    [InlineData("""{"schemaVersion":2,"layers":[],"config":{}}""", null, false)]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", IndexType, true)]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""", "application/octet-stream", true)]
    public void IsIndex_PlainDocument_GoesByItsMembers(string document, string? mediaType, bool expected)
    {
        Assert.Equal(expected, ImageDocuments.IsIndex(Encoding.UTF8.GetBytes(document), mediaType));
    }

    [Theory]
    [InlineData("""{"layers":[],"manifests":[]}""", null)]
    [InlineData("""{"manifests":[]}""", ManifestType)]
    [InlineData("""{"layers":[],"mediaType":"application/vnd.oci.image.index.v1+json"}""", null)]
    [InlineData("""{"schemaVersion":1,"fsLayers":[]}""", null)]
    [InlineData("""{}""", null)]
    [InlineData("""[]""", null)]
    [InlineData("", null)]
    public void IsIndex_DocumentWithTwoReadingsOrNone_IsRefused(string document, string? mediaType)
    {
        CridException exception = Assert.Throws<CridException>(() => ImageDocuments.IsIndex(Encoding.UTF8.GetBytes(document), mediaType));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Theory]
    [InlineData("""{"manifests":[null]}""")]
    [InlineData("""{"config":{"digest":"x","size":1},"layers":[{"digest":"x","size":1},null]}""")]
    [InlineData("""[null]""")]
    [InlineData("""[{"Config":"c","Layers":[null]}]""")]
    [InlineData("""[{"Config":"c","Layers":[],"RepoTags":[null]}]""")]
    public void Parse_NullInAList_IsRefused(string document)
    {
        CridException exception = Assert.Throws<CridException>(() => ParseAny(Encoding.UTF8.GetBytes(document)));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("null", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadErrors_NullInTheList_IsPassedOver()
    {
        IReadOnlyList<RegistryError> errors = ImageDocuments.ReadErrors("""{"errors":[null,{"code":"DENIED"}]}"""u8);

        Assert.Equal("DENIED", Assert.Single(errors).Code);
    }

    [Fact]
    public void ParseManifest_TooManyLayers_IsRefused()
    {
        string layer = $$"""{"mediaType":"x","digest":"sha256:{{new string('0', 64)}}","size":1}""";
        string document = $$"""{"config":{{layer}},"layers":[{{string.Join(',', Enumerable.Repeat(layer, ImageDocuments.MaxLayers + 1))}}]}""";

        CridException exception = Assert.Throws<CridException>(() => ImageDocuments.ParseManifest(Encoding.UTF8.GetBytes(document)));

        Assert.Contains("501 layers", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ParseManifest_LargerThanTheLimit_IsRefused()
    {
        byte[] document = new byte[ImageDocuments.MaxManifestBytes + 1];

        Assert.Throws<CridException>(() => ImageDocuments.ParseManifest(document));
    }

    [Fact]
    public void ParseConfig_OfARealImage_KeepsWhatARuntimeNeeds()
    {
        ImageConfig config = ImageDocuments.ParseConfig("""
            {"architecture":"amd64","os":"linux","config":{"User":"web:web","Env":["PATH=/bin"],"Entrypoint":["/app"],"Cmd":["-v"],
             "WorkingDir":"/srv","StopSignal":"SIGQUIT","Labels":{"a":"b"},"Volumes":{"/data":{}}},
             "rootfs":{"type":"layers","diff_ids":["sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"]},"history":[{}]}
            """u8);

        Assert.Equal(("amd64", "web:web", "/srv", "SIGQUIT"), (config.Architecture, config.Config!.User, config.Config.WorkingDir, config.Config.StopSignal));
        Assert.Equal(["/app", "-v"], config.Config.Entrypoint!.Concat(config.Config.Cmd!));
        Assert.Equal("/data", Assert.Single(config.Config.Volumes!).Key);
        Assert.Single(config.RootFs!.DiffIds);
    }

    [Fact]
    public void ReadErrors_PageOfAProxy_GivesNone()
    {
        Assert.Empty(ImageDocuments.ReadErrors("<html>502</html>"u8));
    }

    [Fact]
    public void Parsers_AnyBytes_GiveAResultOrInvalidArgument()
    {
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            Attempt(() => ImageDocuments.IsIndex(bytes, null));
            Attempt(() => ImageDocuments.ParseManifest(bytes));
            Attempt(() => ImageDocuments.ParseIndex(bytes));
            Attempt(() => ImageDocuments.ParseConfig(bytes));
            Attempt(() => ImageDocuments.ParseToken(bytes));
            ImageDocuments.ReadErrors(bytes);
        });
    }

    private static void Attempt(Action parse)
    {
        try
        {
            parse();
        }
        catch (CridException exception)
        {
            Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        }
    }

    private static object ParseAny(byte[] document) => document[0] == '['
        ? ImageDocuments.ParseDockerArchive(document)
        : ImageDocuments.IsIndex(document, mediaType: null) ? ImageDocuments.ParseIndex(document) : ImageDocuments.ParseManifest(document);
}
