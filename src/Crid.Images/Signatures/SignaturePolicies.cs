using Crid.Core;

namespace Crid.Images;

/// <summary>
/// The policy for the images of a namespace: its own file where there is one, else that of the node. Files are read at every pull; one that is
/// configured and can't be read refuses, it never lets an image in.
/// </summary>
internal sealed class SignaturePolicies(string file, string directory)
{
    /// <summary>The policy, or null where none is configured.</summary>
    /// <exception cref="CridException">PermissionDenied with the reason SignatureValidationFailed: a policy can't be used.</exception>
    public async Task<SignaturePolicy?> FindAsync(string? kubernetesNamespace, CancellationToken cancellationToken)
    {
        string own = GetFile(kubernetesNamespace);
        if (own.Length > 0 && File.Exists(own))
        {
            return await ReadAsync(own, cancellationToken);
        }

        return file.Length == 0 ? null : await ReadAsync(file, cancellationToken);
    }

    /// <summary>Reads all policies with their keys, as pulls will do.</summary>
    /// <returns>What keeps a policy from being used, a sentence for each; empty where all can be.</returns>
    public async Task<IReadOnlyList<string>> FindProblemsAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> ofNamespaces = directory.Length > 0 && Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.json") : [];
        List<string> problems = [];
        foreach (string path in ofNamespaces.Append(file).Where(static path => path.Length > 0).Distinct().Order(StringComparer.Ordinal))
        {
            try
            {
                SignaturePolicy policy = await ReadAsync(path, cancellationToken);
                foreach (PolicyRequirement.Sigstore requirement in policy.AllRequirements.OfType<PolicyRequirement.Sigstore>())
                {
                    PublicKey.ReadAll(requirement).ForEach(static key => key.Dispose());
                }
            }
            catch (CridException exception)
            {
                problems.Add(exception.Message.Contains(path, StringComparison.Ordinal) ? exception.Message : $"signature policy '{path}': {exception.Message}");
            }
        }

        return problems;
    }

    private string GetFile(string? kubernetesNamespace)
    {
        if (directory.Length == 0 || string.IsNullOrEmpty(kubernetesNamespace))
        {
            return "";
        }

        // A DNS label: RFC 1123. Anything else could lead out of the directory.
        bool valid = kubernetesNamespace.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && kubernetesNamespace.Length <= 63;
        return valid ? $"{directory}/{kubernetesNamespace}.json" : throw SignatureFailure.Of($"'{kubernetesNamespace}' is not the name of a namespace");
    }

    private static async Task<SignaturePolicy> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(path).Length > PolicyParser.MaxBytes)
            {
                throw SignatureFailure.Of($"the file has more than {PolicyParser.MaxBytes} bytes");
            }

            return PolicyParser.Parse(await File.ReadAllBytesAsync(path, cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SignatureFailure.Of($"read the signature policy '{path}': {exception.Message}", exception);
        }
        catch (CridException exception)
        {
            throw CridException.Wrap($"signature policy '{path}'", exception);
        }
    }
}
