using System.Text;
using Crid.Core;
using Crid.Oci;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Damaged input to the parsers of text: whatever comes is parsed or refused with an error that is meant for people.</summary>
public sealed class ParserFuzzTests
{
    private static readonly RegistryHost Upstream = new() { BaseUrl = "https://example.com/v2" };

    [Fact]
    public void Parse_MutatedHostsFiles_AreReadOrRefused() => Run(
        2_000,
        static text => HostsFile.Parse(text, "/certs/x/hosts.toml", "x", Upstream),
        ErrorKind.FailedPrecondition,
        Corpus.Texts("hosts"));

    [Fact]
    public void Parse_MutatedPolicies_AreReadOrRefused() => Run(
        4_000,
        static text => PolicyParser.Parse(Encoding.UTF8.GetBytes(text)),
        ErrorKind.PermissionDenied,
        Corpus.Texts("policies"));

    [Fact]
    public void Parse_MutatedManifests_AreReadOrRefused()
    {
        TestImage image = TestImage.Create(new TarBuilder().AddDirectory("etc").Build());
        TestImage artifact = TestImage.CreateArtifact("application/x", TestImage.TitledBlob("a/b/../c", "x"), TestImage.TitledBlob("./a/b", "y"));
        Run(
            4_000,
            static text =>
            {
                byte[] document = Encoding.UTF8.GetBytes(text);
                if (ImageDocuments.IsIndex(document, mediaType: null))
                {
                    HostPlatform.Choose(ImageDocuments.ParseIndex(document));
                }
                else
                {
                    ImageContent.From(ImageDocuments.ParseManifest(document), document, "{\"rootfs\":{\"diff_ids\":[]}}"u8.ToArray(), static _ => Stream.Null);
                }
            },
            kind: null,
            [Encoding.UTF8.GetString(image.Manifest), Encoding.UTF8.GetString(artifact.Manifest), .. Corpus.Texts("manifests")]);
    }

    [Fact]
    public void Parse_MutatedConfigs_AreReadOrRefused() => Run(
        4_000,
        static text => ImageContent.ReadDiffIds(Encoding.UTF8.GetBytes(text)),
        kind: null,
        Corpus.Texts("configs"));

    [Fact]
    public void Parse_MutatedReferences_AreReadOrRefused() => Run(
        20_000,
        static text =>
        {
            ImageReference reference = ImageReference.Parse(text);
            Assert.Equal(reference.ToString(), ImageReference.Parse(reference.ToString()).ToString());
            Assert.DoesNotContain("..", $"/{reference.Repository}/".Split('/'));
        },
        ErrorKind.InvalidArgument,
        Corpus.Lines("references"));

    [Fact]
    public void Parse_MutatedChallenges_AreRead() => Run(
        10_000,
        static text => Challenge.Parse(text),
        kind: null,
        "Bearer realm=\"https://x/t?y=1\",service=s , scope=\"repository:a/b:pull,push\", Basic realm=\"a, \\\"b\\\"\"");

    [Fact]
    public void Find_MutatedPayloads_AreReadOrNull() => Run(
        4_000,
        static text => SignedPayload.Find(Encoding.UTF8.GetBytes(text)),
        kind: null,
        """{"critical":{"identity":{"docker-reference":"a/b"},"image":{"docker-manifest-digest":"sha256:00"},"type":"cosign container image signature"},"optional":{"a":1}}""");

    private static void Run(int rounds, Action<string> parse, ErrorKind? kind, params string[] seeds)
    {
        Mutations mutations = new([.. seeds.Select(Encoding.UTF8.GetBytes).Where(static seed => seed.Length > 0)]);
        foreach (string text in seeds.Concat(Enumerable.Range(0, Mutations.Rounds(rounds)).Select(_ => Encoding.UTF8.GetString(mutations.Next()))))
        {
            try
            {
                parse(text);
            }
            catch (CridException exception)
            {
                Assert.True(kind is null ? exception.Kind is not ErrorKind.Internal : exception.Kind == kind, $"{text}\n{exception}");
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}\n{text}\n{exception}");
            }
        }
    }
}
