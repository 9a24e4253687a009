using System.Text;
using System.Text.Json;
using Crid.Core;

namespace Crid.Images;

/// <summary>
/// Reads a <c>policy.json</c>. It is as strict as the tools that the form comes from: an unknown or doubled key, an empty list or a missing default is an
/// error, because what is misread here lets unsigned images in. So is a requirement that crid can't check, whatever image it is for: whoever
/// wrote it learns of it when the policy is read, not when an image is refused.
/// </summary>
internal static class PolicyParser
{
    public const int MaxBytes = 1 << 20;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <exception cref="CridException">PermissionDenied with the reason SignatureValidationFailed: not a valid policy.</exception>
    public static SignaturePolicy Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Options);
            JsonElement root = document.RootElement;
            RequireKeys(root, "the policy", "default", "transports");
            IReadOnlyList<PolicyRequirement> requirements = ReadRequirements(Require(root, "default"));
            Dictionary<string, IReadOnlyList<PolicyRequirement>> scopes = new(StringComparer.Ordinal);
            foreach (JsonProperty transport in root.TryGetProperty("transports", out JsonElement transports) ? Object(transports) : [])
            {
                foreach (JsonProperty scope in Object(transport.Value))
                {
                    IReadOnlyList<PolicyRequirement> ofScope = ReadRequirements(scope.Value);
                    if (transport.Name == "docker")
                    {
                        scopes.Add(scope.Name, ofScope);
                    }
                }
            }

            return new SignaturePolicy(requirements, scopes);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw SignatureFailure.Of($"the policy is not valid: {exception.Message}", exception);
        }
    }

    private static List<PolicyRequirement> ReadRequirements(JsonElement list)
    {
        List<PolicyRequirement> requirements = [.. list.EnumerateArray().Select(ReadRequirement)];
        return requirements.Count > 0 ? requirements : throw SignatureFailure.Of("the policy has an empty list of requirements");
    }

    private static PolicyRequirement ReadRequirement(JsonElement element)
    {
        string type = String(Require(element, "type"));
        switch (type)
        {
            case "insecureAcceptAnything":
                RequireKeys(element, type, "type");
                return new PolicyRequirement.Accept();
            case "reject":
                RequireKeys(element, type, "type");
                return new PolicyRequirement.Reject();
            case "sigstoreSigned":
                return ReadSigstore(element);
            case "signedBy":
                RequireKeys(element, type, "type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity");
                throw Unsupported("a signature by GPG (signedBy)");
            case "signedBaseLayer":
                throw Unsupported("a signed base layer (signedBaseLayer)");
            default:
                throw SignatureFailure.Of($"the policy has a requirement of the unknown type '{type}'");
        }
    }

    private static PolicyRequirement.Sigstore ReadSigstore(JsonElement element)
    {
        RequireKeys(
            element, "sigstoreSigned", "type", "keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki", "rekorPublicKeyPath", "rekorPublicKeyPaths",
            "rekorPublicKeyData", "rekorPublicKeyDatas", "signedIdentity");
        string[] sources = [.. element.EnumerateObject().Select(static property => property.Name).Where(static name => name is "keyPath" or "keyPaths" or "keyData" or "keyDatas" or "fulcio" or "pki")];
        if (sources.Length != 1)
        {
            throw SignatureFailure.Of("the policy has a sigstoreSigned requirement that does not name exactly one source of keys");
        }

        SignedIdentity identity = element.TryGetProperty("signedIdentity", out JsonElement signed) ? ReadIdentity(signed) : SignedIdentity.Default;
        bool hasLog = element.EnumerateObject().Any(static property => property.Name.StartsWith("rekor", StringComparison.Ordinal));
        JsonElement source = element.GetProperty(sources[0]);
        return sources[0] switch
        {
            "fulcio" or "pki" => throw Unsupported($"a sigstore signature with certificates ({sources[0]})"),
            _ when hasLog => throw Unsupported("a sigstore signature with an entry in a transparency log (rekor)"),
            "keyPath" => new PolicyRequirement.Sigstore([String(source)], [], identity),
            "keyPaths" => new PolicyRequirement.Sigstore(Strings(source), [], identity),
            "keyData" => new PolicyRequirement.Sigstore([], [Decode(String(source))], identity),
            _ => new PolicyRequirement.Sigstore([], [.. Strings(source).Select(Decode)], identity),
        };
    }

    private static SignedIdentity ReadIdentity(JsonElement element)
    {
        string type = String(Require(element, "type"));
        switch (type)
        {
            case "matchExact" or "matchRepoDigestOrExact" or "matchRepository":
                RequireKeys(element, type, "type");
                return new SignedIdentity(type);
            case "exactReference":
                RequireKeys(element, type, "type", "dockerReference");
                return new SignedIdentity(type, String(Require(element, "dockerReference")));
            case "exactRepository":
                RequireKeys(element, type, "type", "dockerRepository");
                return new SignedIdentity(type, String(Require(element, "dockerRepository")));
            case "remapIdentity":
                RequireKeys(element, type, "type", "prefix", "signedPrefix");
                return new SignedIdentity(type, String(Require(element, "prefix")), String(Require(element, "signedPrefix")));
            default:
                throw SignatureFailure.Of($"the policy has an identity of the unknown type '{type}'");
        }
    }

    private static CridException Unsupported(string what) => SignatureFailure.Of($"the policy asks for {what}, which crid can't check");

    private static JsonElement Require(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw SignatureFailure.Of($"the policy lacks '{name}'");

    private static void RequireKeys(JsonElement element, string what, params ReadOnlySpan<string> known)
    {
        foreach (JsonProperty property in Object(element))
        {
            if (!known.Contains(property.Name))
            {
                throw SignatureFailure.Of($"'{property.Name}' is not known in {what}");
            }
        }
    }

    private static JsonElement.ObjectEnumerator Object(JsonElement element) => element.EnumerateObject();

    private static string String(JsonElement element) => element.GetString() is { Length: > 0 } text ? text : throw SignatureFailure.Of("the policy has an empty value");

    private static string[] Strings(JsonElement element)
    {
        string[] values = [.. element.EnumerateArray().Select(String)];
        return values.Length > 0 ? values : throw SignatureFailure.Of("the policy has an empty list");
    }

    private static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
