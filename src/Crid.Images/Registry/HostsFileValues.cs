using Crid.Core;
using Tomlyn.Syntax;

namespace Crid.Images;

/// <summary>The typed values of a <c>hosts.toml</c>; a value of another type is an error that names the file.</summary>
internal sealed class HostsFileValues(string path)
{
    public CridException Invalid(string message) => CridException.FailedPrecondition($"{path}: {message}");

    public static string GetKey(KeyValueSyntax item) =>
        string.Join('.', [GetText(item.Key!.Key!), .. item.Key.DotKeys.Select(static dot => GetText(dot.Key!))]);

    public static IReadOnlyList<string> GetName(TableSyntaxBase table) =>
        [GetText(table.Name!.Key!), .. table.Name.DotKeys.Select(static dot => GetText(dot.Key!))];

    /// <summary>A path as it is, or below the directory of the file.</summary>
    public string GetFile(string file) => Path.Combine(Path.GetDirectoryName(path)!, file);

    public string GetUrl(string text, bool overridePath)
    {
        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0
            || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Invalid($"'{text}' is not the URL of a registry");
        }

        string trimmed = url.TrimEnd('/');
        return overridePath || trimmed.EndsWith("/v2", StringComparison.Ordinal) ? trimmed : trimmed + "/v2";
    }

    public string GetString(KeyValueSyntax item) => FindString(item.Value) ?? throw Invalid($"'{GetKey(item)}' must be a string");

    public bool GetBoolean(KeyValueSyntax item) =>
        item.Value is BooleanValueSyntax boolean ? boolean.Value : throw Invalid($"'{GetKey(item)}' must be true or false");

    public TimeSpan GetDuration(KeyValueSyntax item) =>
        GoDuration.TryParse(GetString(item), out TimeSpan duration) ? duration : throw Invalid($"'{GetKey(item)}' must be a duration such as \"30s\"");

    public IReadOnlyList<string> GetStrings(KeyValueSyntax item) => item.Value switch
    {
        StringValueSyntax { Value: { } text } => [text],
        ArraySyntax array => [.. array.Items.Select(element => FindString(element.Value) ?? throw Invalid($"'{GetKey(item)}' must be a list of strings"))],
        _ => throw Invalid($"'{GetKey(item)}' must be a string or a list of strings"),
    };

    /// <summary>A file with certificate and key, a list of such files, or a list of pairs of files.</summary>
    public IReadOnlyList<ClientCertificate> GetClientCertificates(KeyValueSyntax item) => item.Value is ArraySyntax array
        ? [.. array.Items.Select(element => GetClientCertificate(item, element.Value))]
        : [GetClientCertificate(item, item.Value)];

    private ClientCertificate GetClientCertificate(KeyValueSyntax item, ValueSyntax? value)
    {
        if (FindString(value) is { } single)
        {
            return new ClientCertificate(GetFile(single), KeyFile: null);
        }

        string?[] pair = value is ArraySyntax array ? [.. array.Items.Select(static element => FindString(element.Value))] : [];
        return pair is [{ } certificate, { } key]
            ? new ClientCertificate(GetFile(certificate), key.Length == 0 ? null : GetFile(key))
            : throw Invalid($"'{GetKey(item)}' must be a file, a list of files or a list of pairs [certificate, key]");
    }

    private static string? FindString(ValueSyntax? value) => value is StringValueSyntax { Value: { } text } ? text : null;

    private static string GetText(BareKeyOrStringValueSyntax key) =>
        key is StringValueSyntax text ? text.Value ?? "" : ((BareKeySyntax)key).Key!.Text ?? "";
}
