using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class SignatureTests
{
    private const string PayloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static readonly TestImage Pushed = TestImage.Create(new TarBuilder().AddDirectory("etc").Build());

    [Theory]
    [InlineData("""[{"type":"insecureAcceptAnything"}]""", true)]
    [InlineData("""[{"type":"reject"}]""", false)]
    [InlineData("""[{"type":"insecureAcceptAnything"},{"type":"reject"}]""", false)]
    public async Task PullAsync_SimplePolicies_Decide(string requirements, bool accepted)
    {
        await using ImageStoreFixture store = await StartAsync($$"""{"default":{{requirements}}}""");

        await AssertPullAsync(store, accepted);
    }

    [Theory]
    [InlineData("matchRepository", "{repo}", true)]
    [InlineData("matchRepository", "{repo}:other", true)]
    [InlineData("matchRepository", "elsewhere.example/app", false)]
    [InlineData("matchRepoDigestOrExact", "{repo}:1", true)]
    [InlineData("matchRepoDigestOrExact", "{repo}", false)]
    [InlineData("matchRepoDigestOrExact", "{repo}:2", false)]
    [InlineData("matchExact", "{repo}:1", true)]
    [InlineData("matchExact", "not a name", false)]
    public async Task PullAsync_SignatureByKey_CountsForItsName(string identity, string signedName, bool accepted)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using ImageStoreFixture store = await StartAsync(MakePolicy(key, identity));
        AddSignature(store, MakePayload(Pushed.Digest.Value, signedName.Replace("{repo}", store.Reference("app").Name, StringComparison.Ordinal)), key);

        await AssertPullAsync(store, accepted);
    }

    [Theory]
    [InlineData("other key")]
    [InlineData("other manifest")]
    [InlineData("other type")]
    [InlineData("changed payload")]
    [InlineData("no signature")]
    [InlineData("unknown member")]
    [InlineData("garbage")]
    public async Task PullAsync_SignatureThatProvesNothing_IsRefused(string kind)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using ImageStoreFixture store = await StartAsync(MakePolicy(key, "matchRepository"));
        string name = store.Reference("app").Name;
        string good = MakePayload(Pushed.Digest.Value, name);
        switch (kind)
        {
            case "other key":
                AddSignature(store, good, other);
                break;
            case "other manifest":
                AddSignature(store, MakePayload(Pushed.Id.Value, name), key);
                break;
            case "other type":
                AddSignature(store, good.Replace("cosign container", "atomic container", StringComparison.Ordinal), key);
                break;
            case "changed payload":
                AddSignature(store, good, key, good.Replace("\"optional\":null", "\"optional\":{}", StringComparison.Ordinal));
                break;
            case "unknown member":
                AddSignature(store, good.Replace("\"type\"", "\"extra\":1,\"type\"", StringComparison.Ordinal), key);
                break;
            case "garbage":
                AddSignature(store, "{{{", key);
                break;
            default:
                break;
        }

        await AssertPullAsync(store, accepted: false);
    }

    [Fact]
    public async Task PullAsync_SignatureAmongReferrers_IsFound()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using ImageStoreFixture store = await StartAsync(MakePolicy(key, "matchRepository"));
        byte[] manifest = AddSignature(store, MakePayload(Pushed.Digest.Value, store.Reference("app").Name), key, tag: "unrelated");
        JsonObject entry = TestImage.Describe(TestImage.ManifestType, manifest);
        entry["artifactType"] = "application/vnd.dev.cosign.artifact.sig.v1+json";
        string index = new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(entry) }.ToJsonString();
        store.Registry.Intercept = context =>
        {
            bool referrers = context.Request.Url!.AbsolutePath == $"/v2/app/referrers/{Pushed.Digest.Value}";
            if (referrers)
            {
                TestRegistry.Respond(context, 200, index, ("Content-Type", "application/vnd.oci.image.index.v1+json"));
            }

            return referrers;
        };

        await AssertPullAsync(store, accepted: true);
    }

    [Fact]
    public async Task PullAsync_NamespaceWithItsOwnPolicy_FollowsIt()
    {
        await using ImageStoreFixture store = await StartAsync("""{"default":[{"type":"insecureAcceptAnything"}]}""");
        await File.WriteAllTextAsync($"{store.Root}/strict.json", """{"default":[{"type":"reject"}]}""", TestContext.Current.CancellationToken);
        PullRequest request = new(store.Reference("app:1"), Credentials: null);

        await store.Images.PullAsync(request with { Namespace = "other" }, TestContext.Current.CancellationToken);
        CridException strict = await Assert.ThrowsAsync<CridException>(() => store.Images.PullAsync(request with { Namespace = "strict" }, TestContext.Current.CancellationToken));
        CridException outside = await Assert.ThrowsAsync<CridException>(() => store.Images.PullAsync(request with { Namespace = "../strict" }, TestContext.Current.CancellationToken));

        Assert.Equal(("SignatureValidationFailed", "SignatureValidationFailed"), (strict.Reason, outside.Reason));
    }

    [Fact]
    public async Task PullAsync_PolicyMissing_IsRefused()
    {
        await using ImageStoreFixture store = await StartAsync("{}");
        File.Delete($"{store.Root}/policy.json");

        await AssertPullAsync(store, accepted: false);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"default":[]}""")]
    [InlineData("""{"default":[{"type":"insecureAcceptAnything"}],"default":[{"type":"reject"}]}""")]
    [InlineData("""{"default":[{"type":"insecureAcceptAnything"}],"more":1}""")]
    [InlineData("""{"default":[{"type":"insecureAcceptAnything","keyPath":"x"}]}""")]
    [InlineData("""{"default":[{"type":"unknown"}]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned"}]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyPath":"a","keyData":"YQ=="}]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyData":"not base64!"}]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyPath":"a","signedIdentity":{"type":"exactReference"}}]}""")]
    [InlineData("""{"default":[{"type":"reject"}],"transports":{"docker":{"x":[]}}}""")]
    [InlineData("""{"default":"reject"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void Parse_PolicyThatIsNotValid_IsRefused(string text)
    {
        CridException exception = Assert.Throws<CridException>(() => PolicyParser.Parse(Encoding.UTF8.GetBytes(text)));

        Assert.Equal("SignatureValidationFailed", exception.Reason);
    }

    [Theory]
    [InlineData("host.example/a/b:1", "host.example/a/b:1", "tag")]
    [InlineData("host.example/a/b:2", "host.example/a/b", "repository")]
    [InlineData("host.example/a/c", "host.example/a", "directory")]
    [InlineData("host.example/x", "host.example", "host")]
    [InlineData("sub.other.example:5000/x", "*.other.example", "domain")]
    [InlineData("elsewhere.org/x", "", "everything")]
    public void GetRequirements_MostSpecificScope_Wins(string image, string scope, string what)
    {
        string[] scopes = ["", "*.example", "*.other.example", "host.example", "host.example/a", "host.example/a/b", "host.example/a/b:1"];
        JsonObject docker = [];
        foreach (string name in scopes)
        {
            string type = name == scope ? "reject" : "insecureAcceptAnything";
            docker[name] = new JsonArray(new JsonObject { ["type"] = type });
        }

        string text = new JsonObject { ["default"] = new JsonArray(new JsonObject { ["type"] = "insecureAcceptAnything" }), ["transports"] = new JsonObject { ["docker"] = docker } }.ToJsonString();
        SignaturePolicy policy = PolicyParser.Parse(Encoding.UTF8.GetBytes(text));

        Assert.True(policy.GetRequirements(ImageReference.Parse(image)) is [PolicyRequirement.Reject], what);
    }

    [Theory]
    [InlineData("""{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}""", "GPG")]
    [InlineData("""{"type":"signedBaseLayer","baseLayerIdentity":{"type":"matchExact"}}""", "signedBaseLayer")]
    [InlineData("""{"type":"sigstoreSigned","fulcio":{"caPath":"/ca","oidcIssuer":"https://i","subjectEmail":"a@b"},"rekorPublicKeyPath":"/r"}""", "fulcio")]
    [InlineData("""{"type":"sigstoreSigned","pki":{"caRootsPath":"/ca"}}""", "pki")]
    [InlineData("""{"type":"sigstoreSigned","keyPath":"/k","rekorPublicKeyPath":"/r"}""", "transparency log")]
    public async Task Parse_RequirementThatCantBeChecked_RefusesThePolicyForEveryImage(string requirement, string expected)
    {
        string policy = $$$$"""{"default":[{"type":"insecureAcceptAnything"}],"transports":{"docker":{"elsewhere.example":[{{{{requirement}}}}]}}}""";
        await using ImageStoreFixture store = await StartAsync(policy);

        CridException pull = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));
        string problem = Assert.Single(await SignaturePolicyCheck.FindProblemsAsync(store.Options, TestContext.Current.CancellationToken));

        Assert.Equal("SignatureValidationFailed", pull.Reason);
        Assert.All([pull.Message, problem], text => Assert.Contains(expected, text, StringComparison.Ordinal));
        Assert.Contains($"{store.Root}/policy.json", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindProblemsAsync_NodeAndNamespaces_NamesEachFileThatCantBeUsed()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using ImageStoreFixture store = await StartAsync(MakePolicy(key, "matchRepository"));
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        Assert.Empty(await SignaturePolicyCheck.FindProblemsAsync(store.Options, cancellationToken));
        Assert.Empty(await SignaturePolicyCheck.FindProblemsAsync(new ImagesOptions(), cancellationToken));
        await File.WriteAllTextAsync($"{store.Root}/broken.json", "{", cancellationToken);
        await File.WriteAllTextAsync($"{store.Root}/keyless.json", """{"default":[{"type":"sigstoreSigned","keyPath":"/nonexistent/key.pub"}]}""", cancellationToken);
        await File.WriteAllTextAsync($"{store.Root}/no-key.json", """{"default":[{"type":"sigstoreSigned","keyData":"bm8ga2V5"}]}""", cancellationToken);

        IReadOnlyList<string> problems = await SignaturePolicyCheck.FindProblemsAsync(store.Options, cancellationToken);
        IReadOnlyList<string> missing = await SignaturePolicyCheck.FindProblemsAsync(new ImagesOptions { SignaturePolicy = "/nonexistent/policy.json" }, cancellationToken);

        Assert.Collection(
            problems,
            problem => Assert.Contains($"{store.Root}/broken.json", problem, StringComparison.Ordinal),
            problem => Assert.Contains("/nonexistent/key.pub", problem, StringComparison.Ordinal),
            problem => Assert.Contains($"{store.Root}/no-key.json", problem, StringComparison.Ordinal));
        Assert.Contains("/nonexistent/policy.json", Assert.Single(missing), StringComparison.Ordinal);
    }

    private static async Task<ImageStoreFixture> StartAsync(string policy)
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync(root => new ImagesOptions { SignaturePolicy = $"{root}/policy.json", SignaturePolicyDirectory = root });
        await File.WriteAllTextAsync($"{store.Root}/policy.json", policy);
        store.Registry.Add("app", "1", Pushed);
        return store;
    }

    private static async Task AssertPullAsync(ImageStoreFixture store, bool accepted)
    {
        if (accepted)
        {
            Assert.Equal(Pushed.Id, (await store.PullAsync("app:1")).Id);
            return;
        }

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));
        Assert.Equal("SignatureValidationFailed", exception.Reason);
        Assert.Empty(store.LayerDirectories());
    }

    private static string MakePolicy(ECDsa key, string identity) => new JsonObject
    {
        ["default"] = new JsonArray(new JsonObject
        {
            ["type"] = "sigstoreSigned",
            ["keyData"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem())),
            ["signedIdentity"] = new JsonObject { ["type"] = identity },
        }),
    }.ToJsonString();

    private static string MakePayload(string digest, string name) =>
        $$"""{"critical":{"identity":{"docker-reference":"{{name}}"},"image":{"docker-manifest-digest":"{{digest}}"},"type":"cosign container image signature"},"optional":null}""";

    private static byte[] AddSignature(ImageStoreFixture store, string payload, ECDsa key, string? sent = null, string? tag = null)
    {
        byte[] signature = key.SignData(Encoding.UTF8.GetBytes(payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        byte[] blob = Encoding.UTF8.GetBytes(sent ?? payload);
        JsonObject layer = TestImage.Describe(PayloadType, blob);
        layer["annotations"] = new JsonObject { ["dev.cosignproject.cosign/signature"] = Convert.ToBase64String(signature) };
        byte[] manifest = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = TestImage.ManifestType,
            ["config"] = TestImage.Describe("application/vnd.oci.image.config.v1+json", "{}"u8.ToArray()),
            ["layers"] = new JsonArray(layer),
        }.ToJsonString());
        store.Registry.Add("app", tag ?? $"sha256-{Pushed.Digest.Hex}.sig", manifest, TestImage.ManifestType);
        store.Registry.Corrupt(BlobDigest.Of(blob), blob);
        return manifest;
    }
}
