import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.IDaoRegistry;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.HibernatePropertiesProvider;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.config.util.ResourceCountCacheUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.DaoRegistryResourceSupportedSvc;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.jpa.util.ResourceCountCache;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.util.Map;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.h2.jdbcx.JdbcConnectionPool;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/**
 * A HAPI FHIR JPA server (R4) on the loopback for the tests: everything in memory, nothing scheduled.
 *
 * <p>{@code java -cp … Hapi PORT}. A page holds 20 resources unless _count is given, and never more than 50, so
 * that a chart of ordinary size has several pages; a search is answered from the cache for a minute. The first
 * and the last are what HAPI's own starter project does.
 */
public class Hapi {

  static final int USUAL_PAGE = 20;
  static final int LARGEST_PAGE = 50;

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    var context = new AnnotationConfigApplicationContext(Parts.class);

    var http = new HttpConfiguration();
    http.setRequestHeaderSize(32 * 1024);
    http.setUriCompliance(UriCompliance.LEGACY); // "|" as clients write it
    var server = new Server();
    var connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    var handler = new ServletContextHandler();
    handler.addServlet(new ServletHolder(context.getBean(RestfulServer.class)), "/fhir/*");
    server.setHandler(handler);
    server.start();
    server.join();
  }

  @Configuration
  @Import({
    JpaR4Config.class,
    ThreadPoolFactoryConfig.class,
    JpaBatch2Config.class,
    Batch2JobsConfig.class,
    SubscriptionSubmitterConfig.class,
    SubscriptionProcessorConfig.class,
    SubscriptionChannelConfig.class
  })
  static class Parts {

    @Bean
    DataSource dataSource() {
      return JdbcConnectionPool.create("jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1", "sa", "");
    }

    @Bean
    JpaStorageSettings jpaStorageSettings() {
      var settings = new JpaStorageSettings();
      settings.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.ANY); // PUT keeps ids such as "7"
      settings.setResourceServerIdStrategy(JpaStorageSettings.IdStrategyEnum.UUID);
      settings.setEnforceReferentialIntegrityOnWrite(false); // a chart names practitioners that it does not carry
      settings.setSchedulingDisabled(true);
      settings.setHibernateSearchIndexSearchParams(false);
      settings.setHibernateSearchIndexFullText(false);
      settings.setFetchSizeDefaultMaximum(LARGEST_PAGE);
      return settings;
    }

    @Bean
    PartitionSettings partitionSettings() {
      return new PartitionSettings();
    }

    @Bean
    SubscriptionSettings subscriptionSettings() {
      return new SubscriptionSettings();
    }

    @Bean
    IEmailSender emailSender() {
      return details -> {};
    }

    @Bean
    IResourceSupportedSvc resourceSupportedSvc(IDaoRegistry daos) {
      return new DaoRegistryResourceSupportedSvc(daos);
    }

    @Bean
    @Primary
    HibernatePropertiesProvider hibernateProperties() {
      return new HibernatePropertiesProvider();
    }

    @Bean
    @Primary
    LocalContainerEntityManagerFactoryBean entityManagerFactory(
        ConfigurableListableBeanFactory beans, FhirContext fhir, JpaStorageSettings settings, DataSource source) {
      var factory = HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, settings);
      factory.setPersistenceUnitName("hapi");
      factory.setDataSource(source);
      factory.setJpaPropertyMap(
          Map.of(
              "hibernate.dialect", HapiFhirH2Dialect.class.getName(),
              "hibernate.hbm2ddl.auto", "update",
              "hibernate.jdbc.batch_size", "20",
              "hibernate.search.enabled", "false"));
      return factory;
    }

    @Bean
    @Primary
    JpaTransactionManager transactionManager(EntityManagerFactory factory) {
      return new JpaTransactionManager(factory);
    }

    @Bean
    DatabaseBackedPagingProvider pages() {
      var pages = new DatabaseBackedPagingProvider();
      pages.setDefaultPageSize(USUAL_PAGE);
      pages.setMaximumPageSize(LARGEST_PAGE);
      return pages;
    }

    @Bean("myResourceCountsCache") // the name that HAPI looks for
    ResourceCountCache resourceCounts(IFhirSystemDao<?, ?> system) {
      return ResourceCountCacheUtil.newResourceCountCache(system);
    }

    @Bean
    RestfulServer server(
        FhirContext fhir,
        IFhirSystemDao<?, ?> system,
        IJpaSystemProvider systemProvider,
        ResourceProviderFactory resources,
        JpaStorageSettings settings,
        ISearchParamRegistry parameters,
        IValidationSupport validation,
        DatabaseBackedPagingProvider pages) {
      var server = new RestfulServer(fhir);
      server.registerProviders(resources.createProviders());
      server.registerProvider(systemProvider);
      server.setServerConformanceProvider(
          new JpaCapabilityStatementProvider(server, system, settings, parameters, validation));
      server.setPagingProvider(pages);
      server.setDefaultResponseEncoding(EncodingEnum.JSON);
      return server;
    }
  }
}
