using System.Net.Http.Headers;
using System.Text;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>
/// Answers the challenges of one host for one repository: distribution-spec token authentication, OAuth2 with identity tokens, Basic. A secret is
/// only ever shown to the host that it belongs to and to the token server which that host names.
/// </summary>
internal sealed class RegistryAuthorizer(
    RegistryTransport transport, RegistryOptions options, RegistryHost host, string repository, HostCredentials? credentials, TimeProvider time) : IDisposable
{
    private const int MaxTokenBytes = 1 << 20;
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromSeconds(60);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AuthenticationHeaderValue? _authorization;
    private Challenge? _challenge;
    private DateTimeOffset _expires = DateTimeOffset.MaxValue;

    /// <summary>What to send with the next request; null until the host asked for something.</summary>
    public async ValueTask<AuthenticationHeaderValue?> GetAsync(CancellationToken cancellationToken)
    {
        if (_challenge is { } challenge && time.GetUtcNow() >= _expires)
        {
            await AnswerAsync(challenge, _authorization, cancellationToken);
        }

        return _authorization;
    }

    /// <summary>Answers a 401 response; false where there is nothing better to offer than what was sent.</summary>
    public async Task<bool> TryAnswerAsync(HttpResponseMessage response, AuthenticationHeaderValue? sent, CancellationToken cancellationToken)
    {
        List<Challenge> challenges = [];
        if (response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues headers))
        {
            challenges.AddRange(headers.SelectMany(Challenge.Parse));
        }

        Challenge? challenge = Find(challenges, "Bearer") ?? Find(challenges, "Basic");
        return challenge is not null && await AnswerAsync(challenge, sent, cancellationToken);
    }

    public void Dispose() => _gate.Dispose();

    private static Challenge? Find(List<Challenge> challenges, string scheme) =>
        challenges.Find(challenge => string.Equals(challenge.Scheme, scheme, StringComparison.OrdinalIgnoreCase));

    private async Task<bool> AnswerAsync(Challenge challenge, AuthenticationHeaderValue? sent, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(_authorization, sent))
            {
                // Another request of this pull was faster.
                return true;
            }

            if (string.Equals(challenge.Scheme, "Basic", StringComparison.OrdinalIgnoreCase))
            {
                _authorization = sent is null && credentials?.User is not null ? MakeBasic(credentials) : null;
                return _authorization is not null;
            }

            // The same token again would be refused again; one that ran out is renewed.
            bool renew = sent is null || time.GetUtcNow() >= _expires || challenge.Find("error") == "insufficient_scope";
            if (!renew || (sent is not null && challenge.Find("error") == "insufficient_scope" && _challenge?.Find("scope") == challenge.Find("scope")))
            {
                return false;
            }

            _challenge = challenge;
            await FetchAsync(challenge, cancellationToken);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task FetchAsync(Challenge challenge, CancellationToken cancellationToken)
    {
        if (credentials?.RegistryToken is { } registryToken)
        {
            _authorization = new AuthenticationHeaderValue("Bearer", registryToken);
            return;
        }

        Uri realm = GetRealm(challenge);
        using HttpRequestMessage request = credentials?.IdentityToken is { } identityToken
            ? MakeOAuthRequest(realm, challenge, identityToken)
            : MakeTokenRequest(realm, challenge);
        HttpMessageInvoker invoker = realm.Authority == host.Uri.Authority ? transport.For(host) : transport.ForOthers();
        using HttpResponseMessage response = await RegistryHttp.SendAsync(invoker, request, host, options.ResponseTimeout, cancellationToken);
        byte[] body = await RegistryHttp.ReadAsync(response, MaxTokenBytes, options.StallTimeout, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw RegistryHttp.ToFailure(response, body, $"token for {host.Uri.Authority}/{repository}");
        }

        RegistryToken token = ImageDocuments.ParseToken(body);
        string? value = string.IsNullOrEmpty(token.AccessToken) ? token.Token : token.AccessToken;
        if (string.IsNullOrEmpty(value))
        {
            throw new CridException(ErrorKind.PermissionDenied, $"the token server of {host.Uri.Authority} sent no token");
        }

        // A little early, so that a token does not run out on its way.
        TimeSpan lifetime = token.ExpiresIn is > 0 and int seconds ? TimeSpan.FromSeconds(Math.Max(seconds, 60)) : DefaultLifetime;
        _authorization = new AuthenticationHeaderValue("Bearer", value);
        _expires = time.GetUtcNow() + (lifetime * 0.9);
    }

    private Uri GetRealm(Challenge challenge)
    {
        if (!Uri.TryCreate(challenge.Find("realm"), UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("http" or "https"))
        {
            throw new CridException(ErrorKind.PermissionDenied, $"{host.Uri.Authority} names no valid token server");
        }

        // Over plain HTTP everybody on the way could read the secret; a registry that is itself reached so has given that up.
        return realm.Scheme == "https" || host.Uri.Scheme == "http"
            ? realm
            : throw new CridException(ErrorKind.PermissionDenied, $"{host.Uri.Authority} names a token server without TLS, which gets no credentials");
    }

    private string[] GetScopes(Challenge challenge) =>
        [.. new[] { $"repository:{repository}:pull" }
            .Concat((challenge.Find("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct().Order(StringComparer.Ordinal)];

    private HttpRequestMessage MakeTokenRequest(Uri realm, Challenge challenge)
    {
        StringBuilder query = new(realm.Query.Length > 1 ? realm.Query + "&" : "?");
        query.Append("service=").Append(Uri.EscapeDataString(challenge.Find("service") ?? ""));
        foreach (string scope in GetScopes(challenge))
        {
            query.Append("&scope=").Append(Uri.EscapeDataString(scope));
        }

        HttpRequestMessage request = new(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri);
        request.Headers.Authorization = credentials?.User is not null ? MakeBasic(credentials) : null;
        return request;
    }

    private HttpRequestMessage MakeOAuthRequest(Uri realm, Challenge challenge, string identityToken) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = identityToken,
            ["service"] = challenge.Find("service") ?? "",
            ["scope"] = string.Join(' ', GetScopes(challenge)),
            ["client_id"] = "crid",
        }),
    };

    private static AuthenticationHeaderValue MakeBasic(HostCredentials credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Password}")));
}
